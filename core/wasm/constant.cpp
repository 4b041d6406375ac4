// Value types and constant expressions (sections 5.3 and 3.3.10, with the extended constant expressions proposal).
#include "core/wasm/load_context.hpp"
#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

namespace {

/// Operands a constant expression may have on its stack at once; evaluation keeps that many values on the native stack.
constexpr unsigned kMaxDepth = 16;

}  // namespace

std::uint8_t read_value_type(LoadContext& load) {
    const std::uint32_t at = load.reader.position();
    const std::uint8_t code = load.reader.byte();
    if ((code >= 0x7c && code <= 0x7f) || code == 0x70 || code == 0x6f) return code;
    load.reader.fail(Rule::kValueType, at);
    return 0;
}

std::uint8_t read_reference_type(LoadContext& load) {
    const std::uint32_t at = load.reader.position();
    const std::uint8_t code = load.reader.byte();
    if (code == 0x70 || code == 0x6f) return code;
    load.reader.fail(Rule::kReferenceType, at);
    return 0;
}

void read_constant(LoadContext& load, std::uint8_t type) {
    Reader& r = load.reader;
    std::uint8_t stack[kMaxDepth];
    unsigned depth = 0;
    while (r.ok()) {
        const std::uint32_t at = r.position();
        const ConstantPart part = read_constant_part(r);
        const std::uint8_t opcode = part.opcode;
        const auto index = static_cast<std::uint32_t>(part.value);
        if (!r.ok()) return;
        std::uint8_t pushed = 0;
        switch (opcode) {
            case 0x0b:
                if (depth != 1 || stack[0] != type) load.reader.fail(Rule::kTypeMismatch, at);
                return;
            case 0x41:
            case 0x42:
            case 0x43:
            case 0x44:  // in the order of the types' codes, which go downwards
                pushed = static_cast<std::uint8_t>(0x7f - (opcode - 0x41));
                break;
            case 0xd0:
                pushed = static_cast<std::uint8_t>(index);
                if (!is_reference(pushed)) return r.fail(Rule::kReferenceType, at + 1);
                break;
            case 0xd2:
                if (index >= load.header->function_count) return load.reader.fail(Rule::kUnknownFunction, at, index);
                load.declare(index);
                pushed = static_cast<std::uint8_t>(ValType::kFuncref);
                break;
            case 0x23:
                if (index >= load.header->imported_globals) return load.reader.fail(Rule::kUnknownGlobal, at, index);
                if (load.global_types[index] & LoadContext::kMutable)
                    return load.reader.fail(Rule::kConstantRequired, at);
                pushed = load.global_types[index];
                break;
            case 0x6a:
            case 0x6b:
            case 0x6c:  // i32.add, sub, mul
            case 0x7c:
            case 0x7d:
            case 0x7e: {  // i64.add, sub, mul
                const std::uint8_t operand = opcode < 0x70 ? 0x7f : 0x7e;
                if (depth < 2 || stack[depth - 1] != operand || stack[depth - 2] != operand) {
                    return load.reader.fail(Rule::kTypeMismatch, at);
                }
                --depth;
                continue;
            }
            default:
                load.reader.fail(Rule::kConstantRequired, at);
                return;
        }
        if (depth == kMaxDepth) return load.reader.fail(Rule::kConstantDepth, at);
        stack[depth++] = pushed;
    }
}

}  // namespace wasmbed::wasm
