// Why a module is refused, as a number: the texts are the host's to keep, a device reports the number.
#pragma once

#include <cstdint>

namespace wasmbed::wasm {

/// The rules of rules.inc, with their numbers.
enum class Rule : std::uint8_t {
#define RULE(number, name, text) name = number,
#include "core/wasm/rules.inc"
#undef RULE
};

/// The rule in words; "unknown rule" for a number that none has. Devices have no use for it, and so no room.
const char* text_of(Rule rule);
/// Whether a number that a device reported is one of these rules.
bool is_known(Rule rule);

}  // namespace wasmbed::wasm
