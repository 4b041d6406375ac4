#include "host/cli/wasm/instructions.hpp"

namespace wasmbed::wasm_tools {
namespace {

void skip_indices(wasm::Reader& r, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count && r.ok(); ++i) r.u32();
}

/// Behind the prefix 0xfc: saturating conversions, then bulk operations on memory and tables.
void skip_prefixed(wasm::Reader& r, std::uint32_t opcode) {
    constexpr std::uint8_t kIndices[] = {2, 1, 2, 1, 2, 1, 2, 1, 1, 1};  // from 8, memory.init
    if (opcode >= 8 && opcode < 18) skip_indices(r, kIndices[opcode - 8]);
}

}  // namespace

Instruction next_instruction(wasm::Reader& r) {
    Instruction result{r.position(), r.byte(), 0};
    const std::uint8_t op = result.opcode;
    if (op >= 0x28 && op <= 0x3e) {  // loads and stores
        r.u32();
        result.immediate = r.u32();
        return result;
    }
    switch (op) {
        case 0x02:  // block, loop, if
        case 0x03:
        case 0x04:
            r.s33();
            break;
        case 0x0e:  // br_table
            skip_indices(r, r.u32() + 1ull);
            break;
        case 0x11:  // call_indirect, return_call_indirect
        case 0x13:
            skip_indices(r, 2);
            break;
        case 0x1c:  // select with its types
            r.bytes(r.u32());
            break;
        case 0x41:  // constants
            result.immediate = static_cast<std::uint32_t>(r.s32());
            break;
        case 0x42:
            result.immediate = static_cast<std::uint64_t>(r.s64());
            break;
        case 0x43:
            r.bytes(4);
            break;
        case 0x44:
            r.bytes(8);
            break;
        case 0xfc:
            result.immediate = r.u32();
            skip_prefixed(r, static_cast<std::uint32_t>(result.immediate));
            break;
        case 0x0c:  // one index: br, br_if, calls, variables, tables, memory.size, memory.grow, ref.null, ref.func
        case 0x0d:
        case 0x10:
        case 0x12:
        case 0x20:
        case 0x21:
        case 0x22:
        case 0x23:
        case 0x24:
        case 0x25:
        case 0x26:
        case 0x3f:
        case 0x40:
        case 0xd0:
        case 0xd2:
            result.immediate = r.u32();
            break;
        default:
            break;
    }
    return result;
}

}  // namespace wasmbed::wasm_tools
