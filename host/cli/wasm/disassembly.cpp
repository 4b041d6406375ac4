#include "host/cli/wasm/disassembly.hpp"

#include <cstring>

#include "core/wasm/code_walk.hpp"
#include "core/wasm/function_bodies.hpp"
#include "core/wasm/op_names.hpp"

namespace wasmbed::wasm_tools {
namespace {

using wasm::Op;

std::uint16_t half_at(const std::uint8_t* at) {
    return static_cast<std::uint16_t>(at[0] | at[1] << 8);
}

/// The operation at `at`, decoded by the layout that the emitter writes by.
Operation decode(const std::uint8_t* image, std::uint32_t at) {
    const std::uint8_t* code = image + at;
    const unsigned op = wasm::token_at(code);
    if (op >= wasm::kOpCount) return {at, 1, 0, "unknown"};
    const wasm::Form form = wasm::kOpInfo[op].form();
    const wasm::Layout place = wasm::layout_of(form, wasm::on_second_page(static_cast<Op>(op)));
    Operation result{at, wasm::operation_length(code), 0, std::string(wasm::kOpNames[op])};
    for (unsigned i = 0; i < wasm::slots_in(form); ++i) result.text += " s" + std::to_string(code[place.slot + i]);
    for (unsigned i = 0; wasm::words_in(form) == 0 && i < wasm::halves_in(form); ++i) {
        result.text += " " + std::to_string(static_cast<std::int16_t>(half_at(code + place.half + 2 * i)));
    }
    for (unsigned i = 0; i < wasm::words_in(form); ++i) {
        std::uint32_t word;
        std::memcpy(&word, code + place.half + 4 * i, sizeof word);
        result.text += " " + std::to_string(static_cast<std::int32_t>(word));
    }
    if (wasm::is_twin(op)) result.text += " -> s" + std::to_string(code[place.length]);
    return result;
}

}  // namespace

std::uint32_t code_bytes(const wasm::Module& module, std::uint32_t function) {
    const std::uint32_t begin = code_offset_of(module, function) + sizeof(wasm::FunctionHeader);
    return wasm::walk_operations(module, function, [](std::uint32_t) {}) - begin;
}

std::vector<Operation> disassemble(const LoadedModule& loaded, std::uint32_t function) {
    const std::uint8_t* image = loaded.module.image().data();
    const std::uint32_t begin = wasm::body_of(loaded.module, function).begin;
    std::vector<Operation> operations;
    wasm::walk_operations(loaded.module, function, [&](std::uint32_t at) {
        operations.push_back(decode(image, at));
        operations.back().source = loaded.locate(at).value_or(begin);
    });
    return operations;
}

}  // namespace wasmbed::wasm_tools
