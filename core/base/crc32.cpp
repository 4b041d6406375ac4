#include "core/base/crc32.hpp"

namespace wasmbed {
namespace {

constexpr std::uint32_t kPolynomial = 0xEDB88320;

// One entry per nibble: 64 bytes of flash instead of 1,024, at two lookups per byte.
constexpr auto kTable = [] {
    std::array<std::uint32_t, 16> table{};
    for (std::uint32_t n = 0; n < table.size(); ++n) {
        std::uint32_t crc = n;
        for (int bit = 0; bit < 4; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
        table[n] = crc;
    }
    return table;
}();

}  // namespace

std::uint32_t crc32(Bytes data, std::uint32_t previous) {
    std::uint32_t crc = ~previous;
    for (std::uint8_t byte : data) {
        crc ^= byte;
        crc = crc >> 4 ^ kTable[crc & 15];
        crc = crc >> 4 ^ kTable[crc & 15];
    }
    return ~crc;
}

}  // namespace wasmbed
