// The tables that ops.inc and opcodes.inc describe.
#include "core/wasm/opcode_table.hpp"
#include "core/wasm/ops.hpp"

namespace wasmbed::wasm {

const OpInfo kOpInfo[kOpCount] = {
#define OP(name, form, ...) {Form::form, false, false},
#define OP2(name, form, ...) {Form::form, true, false}, {Form::form, false, true},
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
};

const NumericInstruction kNumeric[] = {
#define NUMERIC(name, kind, operand, result, op) {Op::op, NumericKind::kind, ValType::operand, ValType::result},
#include "core/wasm/opcodes.inc"
#undef NUMERIC
};

}  // namespace wasmbed::wasm
