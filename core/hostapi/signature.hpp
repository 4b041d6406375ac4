// Signatures of host functions: the text of the table as WebAssembly value types.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"

namespace wasmbed::hostapi {

/// Codes of the binary format (WebAssembly 2.0, section 5.3.1), as core/wasm/types.hpp has them.
inline constexpr std::uint8_t kTypeI32 = 0x7f;
inline constexpr std::uint8_t kTypeI64 = 0x7e;

/// Most parameters that a function of the table has.
inline constexpr unsigned kParamsMax = 6;

struct Signature {
    std::uint8_t param_types[kParamsMax];
    std::uint8_t result_types[1];
    std::uint8_t param_count;
    std::uint8_t result_count;

    constexpr Bytes params() const { return {param_types, param_count}; }
    constexpr Bytes results() const { return {result_types, result_count}; }
};

/// "(iI)i": i = i32, I = i64, at most one result. The table's own texts only (host_functions.inc): whatever else they
/// might hold does not compile, as the table is parsed at compile time.
constexpr Signature parse_signature(std::string_view text) {
    Signature signature{};
    bool in_results = false;
    for (const char c : text.substr(1)) {
        if (c == ')') {
            in_results = true;
            continue;
        }
        const std::uint8_t type = c == 'i' ? kTypeI32 : kTypeI64;
        if (c != 'i' && c != 'I') __builtin_trap();
        if (in_results) {
            signature.result_types[signature.result_count++] = type;
        } else {
            signature.param_types[signature.param_count++] = type;
        }
    }
    return signature;
}

}  // namespace wasmbed::hostapi
