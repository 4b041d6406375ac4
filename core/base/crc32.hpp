// CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320): guards what is stored against decay, not against attackers.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace wasmbed {

/// CRC of `data`, or of all pieces so far when `previous` is the result for the pieces before. "123456789" gives
/// 0xCBF43926.
std::uint32_t crc32(Bytes data, std::uint32_t previous = 0);

}  // namespace wasmbed
