// Tokens and layouts of translated code, made from ops.inc.
#pragma once

#include <cstdint>

namespace wasmbed::wasm {

/// One operation of translated code. The number is its token.
enum class Op : std::uint16_t {
#define OP(name, form, ...) k##name,
#define OP2(name, form, ...) k##name, k##name##_d,
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
    kCount,
};

inline constexpr unsigned kOpCount = static_cast<unsigned>(Op::kCount);
/// First byte of an operation of the second page; the second byte is token - 255.
inline constexpr unsigned kEscape = 255;
static_assert(kOpCount <= kEscape + 256, "two pages of tokens");

constexpr Op operator+(Op op, unsigned n) {
    return static_cast<Op>(static_cast<unsigned>(op) + n);
}
constexpr unsigned operator-(Op a, Op b) {
    return static_cast<unsigned>(a) - static_cast<unsigned>(b);
}

/// Operands: number of slot bytes, of 16-bit immediates, of 32-bit immediates, in the nibbles 0xSHW.
enum class Form : std::uint16_t {
    kN = 0x000,
    kS = 0x100,
    kSS = 0x200,
    kSSS = 0x300,
    kH = 0x010,
    kHH = 0x020,
    kHHH = 0x030,
    kSH = 0x110,
    kSHH = 0x120,
    kSHHH = 0x130,
    kSHHHH = 0x140,
    kSSH = 0x210,
    kW = 0x001,
    kSW = 0x101,
    kSWW = 0x102,
};

/// Byte offsets from the operation's start, which is even, as is every length. Token, slots, then immediates at even
/// offsets. The slot of a `_d` twin takes the padding byte in front of the immediates if there is one, else it comes
/// last.
struct Layout {
    std::uint8_t slot;      ///< of the first slot; the others follow
    std::uint8_t half;      ///< of the first 16-bit immediate
    std::uint8_t word;      ///< of the first 32-bit immediate (only 2-aligned)
    std::uint8_t twin;      ///< of the slot that a `_d` twin has besides
    std::uint8_t length;    ///< of the operation
    std::uint8_t length_d;  ///< of the operation with that slot
};

constexpr Layout layout_of(Form form, bool second_page) {
    const unsigned f = static_cast<unsigned>(form);
    const unsigned slot = second_page ? 2 : 1;
    const unsigned slots_end = slot + (f >> 8);
    const unsigned half = (slots_end + 1) & ~1u;
    const unsigned word = half + 2 * (f >> 4 & 15);
    const unsigned end = word + 4 * (f & 15);
    const bool has_pad = half != slots_end;
    const auto byte = [](unsigned n) { return static_cast<std::uint8_t>(n); };
    return {
        byte(slot), byte(half), byte(word), byte(has_pad ? slots_end : end), byte(end), byte(has_pad ? end : end + 2)};
}

constexpr bool on_second_page(Op op) {
    return static_cast<unsigned>(op) >= kEscape;
}

struct OpInfo {
    Form form;
    bool has_twin;  ///< the next token is this operation's `_d` twin
    bool is_twin;
};
extern const OpInfo kOpInfo[kOpCount];

}  // namespace wasmbed::wasm
