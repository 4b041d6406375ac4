#include "host/cli/wasm/disassembly.hpp"

#include <cstring>

#include "core/wasm/module_view.hpp"
#include "core/wasm/ops.hpp"

namespace wasmbed::wasm_tools {
namespace {

using wasm::Op;

constexpr const char* kNames[] = {
#define OP(name, form, ...) #name,
#define OP2(name, form, ...) #name, #name "_d",
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
};

/// A `_d` twin follows the operation it is the twin of, and has the same form.
bool is_twin(unsigned op) {
    return op > 0 && wasm::kOpInfo[op - 1].has_twin();
}

std::uint16_t half_at(const std::uint8_t* at) {
    return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}

/// The operation at `at`, decoded by the layout that the emitter writes by.
Operation decode(const std::uint8_t* image, std::uint32_t at) {
    const std::uint8_t* code = image + at;
    const unsigned op = code[0] == wasm::kEscape ? wasm::kEscape + code[1] : code[0];
    if (op >= wasm::kOpCount) return {at, 1, 0, "unknown"};
    const wasm::Form form = wasm::kOpInfo[op].form();
    const wasm::Layout place = wasm::layout_of(form, wasm::on_second_page(static_cast<Op>(op)));
    Operation result{at, place.length + (is_twin(op) ? 1u : 0u), 0, kNames[op]};
    for (unsigned i = 0; i < wasm::slots_in(form); ++i) result.text += " s" + std::to_string(code[place.slot + i]);
    for (unsigned i = 0; wasm::words_in(form) == 0 && i < wasm::halves_in(form); ++i) {
        result.text += " " + std::to_string(static_cast<std::int16_t>(half_at(code + place.half + 2 * i)));
    }
    for (unsigned i = 0; i < wasm::words_in(form); ++i) {
        std::uint32_t word;
        std::memcpy(&word, code + place.half + 4 * i, sizeof word);
        result.text += " " + std::to_string(static_cast<std::int32_t>(word));
    }
    if (is_twin(op)) result.text += " -> s" + std::to_string(code[place.length]);
    // Behind it its distances, the default's last.
    if (static_cast<Op>(op) == Op::kBrTable) result.length += 2 * (half_at(code + place.half) + 1u);
    return result;
}

}  // namespace

Body body_of(const LoadedModule& loaded, std::uint32_t function) {
    const wasm::ImageHeader& header = loaded.module.header();
    wasm::Reader r = wasm::reader_at(loaded.module, header.code_section);
    r.u32();
    for (std::uint32_t i = header.imported_functions;; ++i) {
        const std::uint32_t size = r.u32();
        const std::uint32_t begin = r.position();
        if (i == function || !r.ok()) return {begin, begin + size};
        r.bytes(size);
    }
}

std::vector<Operation> disassemble(const LoadedModule& loaded, std::uint32_t function) {
    const wasm::Module& module = loaded.module;
    const Body body = body_of(loaded, function);
    const bool last = function + 1 == module.function_count();
    const auto end = last ? static_cast<std::uint32_t>(module.image().size()) : code_offset_of(module, function + 1);
    std::vector<Operation> operations;
    std::uint32_t at = code_offset_of(module, function) + sizeof(wasm::FunctionHeader);
    while (at < end) {
        const auto source = loaded.locate(at);
        // Padding, or what stands behind the functions.
        if (!source || *source < body.begin || *source >= body.end) break;
        operations.push_back(decode(module.image().data(), at));
        operations.back().source = *source;
        at += operations.back().length;
    }
    return operations;
}

}  // namespace wasmbed::wasm_tools
