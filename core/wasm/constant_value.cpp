#include "core/wasm/constant_value.hpp"

#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

std::uint64_t constant_value(Reader& r, const InstanceData& instance) {
    std::uint64_t stack[16] = {};  // as deep as read_constant admits
    unsigned depth = 0;
    while (r.ok()) {
        const ConstantPart part = read_constant_part(r);
        const std::uint8_t opcode = part.opcode;
        if (opcode == 0x0b) break;
        if (opcode >= 0x6a && opcode <= 0x7e) {
            const std::uint64_t y = stack[--depth & 15];
            std::uint64_t& x = stack[(depth - 1) & 15];
            const unsigned which = opcode < 0x70 ? opcode - 0x6au : opcode - 0x7cu;
            x = which == 0 ? x + y : which == 1 ? x - y : x * y;
            if (opcode < 0x70) x &= 0xffffffff;
            continue;
        }
        std::uint64_t value = part.value;
        if (opcode == 0x23) {
            const std::uint32_t* cell = instance.globals[value];
            value = cell[0] | std::uint64_t{cell[1]} << 32;
        } else if (opcode == 0xd0) {
            value = kNullRef;
        } else if (opcode == 0xd2) {
            value = make_ref(instance, static_cast<std::uint32_t>(value));
        }
        stack[depth++ & 15] = value;
    }
    return stack[0];
}

}  // namespace wasmbed::wasm
