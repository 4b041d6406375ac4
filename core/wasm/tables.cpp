// The tables that ops.inc and opcodes.inc describe.
#include "core/wasm/opcode_table.hpp"
#include "core/wasm/ops.hpp"

namespace wasmbed::wasm {

const OpInfo kOpInfo[kOpCount] = {
#define OP(name, form, ...) {static_cast<std::uint8_t>(Form::form)},
#define OP2(name, form, ...)                                                               \
    {static_cast<std::uint8_t>(static_cast<std::uint8_t>(Form::form) | OpInfo::kHasTwin)}, \
        {static_cast<std::uint8_t>(Form::form)},
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
};

// A twin with another layout than its operation's could not be made in place.
#define OP(name, form, ...)
#define OP2(name, form, ...) static_assert(on_second_page(Op::k##name) == on_second_page(Op::k##name##_d));
#include "core/wasm/ops.inc"
#undef OP
#undef OP2

constexpr NumericInstruction kNumeric[] = {
#define NUMERIC(name, kind, operand, result, op) {Op::op, NumericKind::kind, ValType::operand, ValType::result},
#if WASMBED_WASM_FLOATS
#define FLOAT_NUMERIC NUMERIC
#else
#define FLOAT_NUMERIC(name, kind, operand, result, op) NUMERIC(name, kMissing, operand, result, kUnreachable)
#endif
#include "core/wasm/opcodes.inc"
#undef FLOAT_NUMERIC
#undef NUMERIC
};

}  // namespace wasmbed::wasm
