#include <fmt/format.h>
#include <ostream>

#include "core/wasm/function_bodies.hpp"
#include "host/cli/wasm/disassembly.hpp"
#include "host/cli/wasm/loaded_module.hpp"
#include "host/cli/wasm/sections.hpp"
#include "host/cli/wasm/tools.hpp"

namespace wasmbed::wasm_tools {
namespace {

/// What each own function costs: bytes of its body in the module, of its code in the image, and of stack per call.
void show_functions(const LoadedModule& loaded, std::ostream& out) {
    const wasm::Module& module = loaded.module;
    const wasm::ImageHeader& header = module.header();
    if (header.function_count == header.imported_functions) return;
    out << fmt::format("{:>8}{:>12}{:>12}{:>12}\n", "function", "module", "translated", "frame");
    const auto names = function_names(module.wasm());
    wasm::BodyCursor bodies(module);
    for (std::uint32_t i = header.imported_functions; i < header.function_count; ++i) {
        const wasm::Body body = bodies.next();
        const std::uint32_t frame_bytes = 4u * wasm::function_header(module, i).frame_slots;
        const auto named = names.find(i);
        const std::string_view name = named == names.end() ? "" : named->second;
        out << fmt::format("{:>8}{:>12}{:>12}{:>12}{}\n", i, body.end - body.begin, code_bytes(module, i), frame_bytes,
                           name.empty() ? "" : fmt::format("  {}", name));
    }
}

}  // namespace

int measure(const std::filesystem::path& file, std::uint32_t stack_bytes, std::ostream& out, std::ostream& err) {
    const auto loaded = load_file(file);
    if (!loaded) {
        err << "error: " << loaded.error() << std::endl;
        return 1;
    }
    const wasm::Needs needs = *wasm::measure(loaded->bytes);  // what loads can be measured
    const wasm::Module& module = loaded->module;
    const auto memory = module.memory();
    const std::uint64_t memory_bytes = memory ? std::uint64_t{memory->limits.min} << memory->page_log2 : 0;
    const std::uint64_t instance = wasm::Instance::bytes_needed(module, {.stack_bytes = stack_bytes});
    const auto line = [&](const char* what, std::uint64_t count) { out << fmt::format("{:<34}{:>10}\n", what, count); };
    out << "bytes\n";
    line("module", module.wasm().size());
    line("translated, upper bound", needs.image_bytes);
    line("translated, exact", module.image().size());
    line("scratch while translating", needs.scratch_bytes);
    line("RAM of an instance", instance);
    line("  of it linear memory", memory_bytes);
    line("  of it frames (--stack)", stack_bytes);
    line("  of it globals, tables and others", instance - memory_bytes - stack_bytes);
    show_functions(*loaded, out);
    out.flush();
    return 0;
}

}  // namespace wasmbed::wasm_tools
