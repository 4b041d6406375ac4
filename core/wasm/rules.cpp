#include "core/wasm/rules.hpp"

namespace wasmbed::wasm {
namespace {

constexpr const char* kUnknown = "unknown rule";

}  // namespace

const char* text_of(Rule rule) {
    switch (rule) {
#define RULE(number, name, text) \
    case Rule::name:             \
        return text;
#include "core/wasm/rules.inc"
#undef RULE
    }
    return kUnknown;
}

bool is_known(Rule rule) {
    return text_of(rule) != kUnknown;
}

}  // namespace wasmbed::wasm
