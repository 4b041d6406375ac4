// What the translator knows about numeric instructions, made from opcodes.inc.
#pragma once

#include <cstdint>

#include "core/wasm/ops.hpp"
#include "core/wasm/types.hpp"

namespace wasmbed::wasm {

/// How an instruction's operands become those of the operation. Forms are those of ops.inc.
enum class NumericKind : std::uint8_t {
    kUnary,            ///< one slot; the result in the accumulator, or for 64 bits in a slot named first
    kBinary,           ///< two slots; the result likewise
    kSwapped,          ///< the same with the operands exchanged
    kBinaryImmediate,  ///< as kBinary, and another operation takes a 16-bit constant for the second operand
    kEqz,              ///< i32.eqz: kCompare with zero
    kCompare,          ///< i32 comparison: forms AS, AI, SS, SI, and can fuse with a branch behind it
    kCommutative,      ///< forms AS, AI, SS, SI
    kShift,            ///< forms AS, AI, SI
    kAdd,              ///< i32.add: kCommutative, and `local + constant` stays unevaluated until it is used
    kSub,              ///< i32.sub: forms AS, SS, SA; a constant is added negated
    kRotl,             ///< forms SS, SI, AI
    kRotr,             ///< kRotl by the negated constant, or two slots
    kMissing,          ///< not in this build
    kRetype,           ///< the same bits (or the low half of them) with another type: nothing to do
};

/// Packed into three bytes: there are 136 of them.
class NumericInstruction {
  public:
    constexpr NumericInstruction(Op op, NumericKind kind, ValType operand, ValType result)
        : op_low_(static_cast<std::uint8_t>(op)),
          kind_and_op_high_(
              static_cast<std::uint8_t>(static_cast<unsigned>(kind) << 1 | static_cast<unsigned>(op) >> 8)),
          types_(
              static_cast<std::uint8_t>(static_cast<unsigned>(operand) << 4 | (static_cast<unsigned>(result) & 0xF))) {}

    constexpr Op op() const { return static_cast<Op>((kind_and_op_high_ & 1U) << 8 | op_low_); }
    constexpr NumericKind kind() const { return static_cast<NumericKind>(kind_and_op_high_ >> 1); }
    constexpr ValType operand() const { return static_cast<ValType>(kNumberHigh | types_ >> 4); }
    constexpr ValType result() const { return static_cast<ValType>(kNumberHigh | (types_ & 0xF)); }

  private:
    static constexpr unsigned kNumberHigh = 0x70;  ///< The codes of all number types begin with it.

    std::uint8_t op_low_;
    std::uint8_t kind_and_op_high_;
    std::uint8_t types_;
};
static_assert(kOpCount <= 512);
inline constexpr unsigned kFirstNumeric = 0x45;
inline constexpr unsigned kLastNumeric = 0xc4;
/// Index of i32.trunc_sat_f32_s (0xfc 0); seven more follow.
inline constexpr unsigned kFirstSaturating = kLastNumeric - kFirstNumeric + 1;

extern const NumericInstruction kNumeric[kFirstSaturating + 8];

}  // namespace wasmbed::wasm
