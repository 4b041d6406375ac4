// Hex and base64, as the objects and the PKI use them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"

namespace wasmbed::pki {

/// Lower-case hex, two characters per byte.
std::string to_hex(Bytes bytes);

/// The bytes of lower- or upper-case hex; nullopt for an odd length or another character.
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view hex);

/// Standard base64 with padding, RFC 4648 section 4, without line breaks.
std::string to_base64(Bytes bytes);

/// The bytes of standard base64; nullopt for a missing padding, white space, or non-zero spare bits (so that an
/// encoding is unique).
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace wasmbed::pki
