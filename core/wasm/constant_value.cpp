#include "core/wasm/constant_value.hpp"

#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

std::uint64_t constant_value(Reader& r, const InstanceData& instance) {
    std::uint64_t stack[16] = {};  // as deep as read_constant admits
    unsigned depth = 0;
    while (r.ok()) {
        const std::uint8_t opcode = r.byte();
        if (opcode == 0x0b) break;
        if (opcode >= 0x6a && opcode <= 0x7e) {
            const std::uint64_t y = stack[--depth & 15];
            std::uint64_t& x = stack[(depth - 1) & 15];
            const unsigned which = opcode < 0x70 ? opcode - 0x6au : opcode - 0x7cu;
            x = which == 0 ? x + y : which == 1 ? x - y : x * y;
            if (opcode < 0x70) x &= 0xffffffff;
            continue;
        }
        std::uint64_t value = 0;
        switch (opcode) {
            case 0x41:
                value = static_cast<std::uint32_t>(r.s32());
                break;
            case 0x42:
                value = static_cast<std::uint64_t>(r.s64());
                break;
            case 0x43:
                value = r.fixed32();
                break;
            case 0x44:
                value = r.fixed64();
                break;
            case 0x23: {
                const std::uint32_t* cell = instance.globals[r.u32()];
                value = cell[0] | std::uint64_t{cell[1]} << 32;
                break;
            }
            case 0xd0:
                r.byte();
                value = kNullRef;
                break;
            case 0xd2:
                value = make_ref(instance, r.u32());
                break;
            default:
                break;
        }
        stack[depth++ & 15] = value;
    }
    return stack[0];
}

}  // namespace wasmbed::wasm
