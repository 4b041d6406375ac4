// WebAssembly types and values as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/wasm/types.hpp"

namespace wasmbed::wasm_tools {

/// "i32", "funcref"; `type` is a ValType code.
std::string_view name_of(std::uint8_t type);

/// "(i32, i64) -> i32"; without results "(i32)".
std::string text_of(const wasm::FuncType& type);

/// A value in slots as "type:value": integers signed, floats with the fewest digits that read back as the same value.
std::string text_of_value(std::uint8_t type, std::span<const std::uint32_t> slots);

/// Appends a value to `slots`. Text as on the command line: decimal or 0x, floats also as inf and nan, references only
/// as null; what `text_of_value` wrote is understood too. The error says what would be right.
Result<void, std::string> parse_value(std::uint8_t type, std::string_view text, std::vector<std::uint32_t>& slots);

}  // namespace wasmbed::wasm_tools
