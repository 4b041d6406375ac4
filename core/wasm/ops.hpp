// Tokens and layouts of translated code, made from ops.inc.
#pragma once

#include <cstdint>

/// 0 leaves out floating-point arithmetic (about 2 KB of flash, and 4 KB of libgcc): modules that use it are refused
/// with LoadErrorKind::kLimit. Moving, loading and storing floats stays possible.
#if !defined(WASMBED_WASM_FLOATS)
#define WASMBED_WASM_FLOATS 1
#endif

/// 0 leaves out what MORE in ops.inc says, forms of operations that save a move or a comparison (README.md says what it
/// costs).
#if !defined(WASMBED_WASM_FORMS)
#define WASMBED_WASM_FORMS 1
#endif

namespace wasmbed::wasm {

inline constexpr bool kAllForms = WASMBED_WASM_FORMS;

/// One operation of translated code. The number is its token.
enum class Op : std::uint16_t {
#define OP(name, form, ...) k##name,
#define OP2(name, form, ...) k##name, k##name##_d,
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
    kCount,
#if !WASMBED_WASM_FORMS  // names of what is left out, which no code of this build has
#define OP(name, form, ...)
#define OP2(name, form, ...)
#define MORE(name, form, ...) k##name,
#define MORE2(name, form, ...) k##name, k##name##_d,
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
#endif
};

constexpr Op operator+(Op op, unsigned n) {
    return static_cast<Op>(static_cast<unsigned>(op) + n);
}
constexpr unsigned operator-(Op a, Op b) {
    return static_cast<unsigned>(a) - static_cast<unsigned>(b);
}

inline constexpr unsigned kOpCount = static_cast<unsigned>(Op::kCount);
/// Where the second page begins if the table of handlers (cortex_m.S) is to be short: behind the hot operations that
/// come first and ExitEntry, which must be one byte; an even number of tokens before the page's hot ones. cortex_m.S
/// has it too.
inline constexpr unsigned kEarlyEscape =
    static_cast<unsigned>(Op::kExitEntry) + 1 + (Op::kI32Eq_AS - Op::kExitEntry - 1) % 2;
/// First byte of an operation of the second page; the second byte is token - kEscape.
inline constexpr unsigned kEscape = kAllForms ? 255 : kEarlyEscape;
static_assert(kOpCount < kEscape + 256);
/// Byte of the gaps between functions. No operation begins with one in front of another one.
inline constexpr unsigned kPadding = 255;
static_assert(kEscape < kPadding || kOpCount <= kEscape + kPadding);

/// Operands: number of slot bytes (bits 4, 5) and of 16-bit immediates (bits 1 to 3). With bit 0 each two of the latter
/// are a 32-bit immediate, low half first.
enum class Form : std::uint8_t {
    kN = 0,
    kS = 1 << 4,
    kSS = 2 << 4,
    kSSS = 3 << 4,
    kH = 1 << 1,
    kHH = 2 << 1,
    kHHH = 3 << 1,
    kSH = 1 << 4 | 1 << 1,
    kSHH = 1 << 4 | 2 << 1,
    kSHHH = 1 << 4 | 3 << 1,
    kSHHHH = 1 << 4 | 4 << 1,
    kSSH = 2 << 4 | 1 << 1,
    kSSHH = 2 << 4 | 2 << 1,
    kW = 2 << 1 | 1,
    kSW = 1 << 4 | 2 << 1 | 1,
    kSWW = 1 << 4 | 4 << 1 | 1,
};

constexpr unsigned slots_in(Form form) {
    return static_cast<unsigned>(form) >> 4 & 3;
}
/// 16-bit immediates, those that 32-bit ones consist of included.
constexpr unsigned halves_in(Form form) {
    return static_cast<unsigned>(form) >> 1 & 7;
}
constexpr unsigned words_in(Form form) {
    return static_cast<unsigned>(form) & 1 ? halves_in(form) / 2 : 0;
}

/// Byte offsets from the operation's start: token, slots, immediates. Nothing is aligned. A `_d` twin has the slot that
/// it writes behind all, at `length`.
struct Layout {
    std::uint8_t slot;    ///< of the first slot; the others follow
    std::uint8_t half;    ///< of the first immediate
    std::uint8_t length;  ///< of the operation; its twin is a byte longer
};

constexpr Layout layout_of(Form form, bool second_page) {
    const unsigned slot = second_page ? 2 : 1;
    const unsigned half = slot + slots_in(form);
    const auto byte = [](unsigned n) { return static_cast<std::uint8_t>(n); };
    return {byte(slot), byte(half), byte(half + 2 * halves_in(form))};
}

constexpr bool on_second_page(Op op) {
    return static_cast<unsigned>(op) >= kEscape;
}

/// Form of an operation, in one byte with a flag that the next token is its `_d` twin.
struct OpInfo {
    std::uint8_t code;
    static constexpr std::uint8_t kHasTwin = 0x80;

    constexpr Form form() const { return static_cast<Form>(code & 0x7f); }
    constexpr bool has_twin() const { return code & kHasTwin; }
};
extern const OpInfo kOpInfo[kOpCount];

}  // namespace wasmbed::wasm
