// The operations' names, for tools and tests: firmware does without.
#pragma once

#include <string_view>

#include "core/wasm/ops.hpp"

namespace wasmbed::wasm {

/// By token, as in ops.inc; a storing twin's ends in _d.
inline constexpr std::string_view kOpNames[kOpCount] = {
#define OP(name, form, ...) #name,
#define OP2(name, form, ...) #name, #name "_d",
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
};

}  // namespace wasmbed::wasm
