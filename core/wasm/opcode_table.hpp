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
    kBinaryImmediate,  ///< as kBinary, and the next operation takes a 16-bit constant for the second operand
    kEqz,              ///< i32.eqz: kCompare with zero
    kCompare,          ///< i32 comparison: forms AS, AI, SS, SI, and can fuse with a branch behind it
    kCommutative,      ///< forms AS, AI, SS, SI
    kOrdered,          ///< forms AS, AI, SS, SI, SA
    kAdd,              ///< i32.add: kCommutative, and `local + constant` stays unevaluated until it is used
    kSub,              ///< i32.sub: forms AS, SS, SA; a constant is added negated
    kRotl,             ///< forms SS, SI, AI
    kRotr,             ///< kRotl by the negated constant, or two slots
    kMissing,          ///< not in this build
    kRetype,           ///< the same bits (or the low half of them) with another type: nothing to do
};

struct NumericInstruction {
    Op op : 9;
    NumericKind kind : 4;
    ValType operand_code : 8;
    ValType result_code : 8;

    constexpr ValType operand() const { return operand_code; }
    constexpr ValType result() const { return result_code; }
};
inline constexpr unsigned kFirstNumeric = 0x45;
inline constexpr unsigned kLastNumeric = 0xc4;
/// Index of i32.trunc_sat_f32_s (0xfc 0); seven more follow.
inline constexpr unsigned kFirstSaturating = kLastNumeric - kFirstNumeric + 1;

extern const NumericInstruction kNumeric[kFirstSaturating + 8];

}  // namespace wasmbed::wasm
