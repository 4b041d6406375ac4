#include "core/wasm/rules.hpp"

namespace wasmbed::wasm {

const char* text_of(Rule rule) {
    switch (rule) {
#define RULE(number, name, text) \
    case Rule::name:             \
        return text;
#include "core/wasm/rules.inc"
#undef RULE
    }
    return "unknown rule";
}

}  // namespace wasmbed::wasm
