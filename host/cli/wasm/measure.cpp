#include <fmt/format.h>
#include <ostream>

#include "host/cli/wasm/loaded_module.hpp"
#include "host/cli/wasm/tools.hpp"

namespace wasmbed::wasm_tools {

int measure(const std::filesystem::path& file, std::uint32_t stack_bytes, std::ostream& out, std::ostream& err) {
    auto bytes = read_module_file(file);
    if (!bytes) {
        err << "error: " << bytes.error() << std::endl;
        return 1;
    }
    const auto needs = wasm::measure(*bytes);
    const auto loaded = load(std::move(*bytes));
    if (!loaded || !needs) {
        err << "error: " << file.string() << ": " << text_of(loaded ? needs.error() : loaded.error()) << std::endl;
        return 1;
    }
    const wasm::Module& module = loaded->module;
    const auto memory = module.memory();
    const std::uint64_t memory_bytes = memory ? std::uint64_t{memory->limits.min} << memory->page_log2 : 0;
    const std::uint64_t instance = wasm::Instance::bytes_needed(module, {.stack_bytes = stack_bytes});
    const auto line = [&](const char* what, std::uint64_t count) { out << fmt::format("{:<34}{:>10}\n", what, count); };
    out << "bytes\n";
    line("module", module.wasm().size());
    line("translated, upper bound", needs->image_bytes);
    line("translated, exact", module.image().size());
    line("scratch while translating", needs->scratch_bytes);
    line("RAM of an instance", instance);
    line("  of it linear memory", memory_bytes);
    line("  of it frames (--stack)", stack_bytes);
    line("  of it globals, tables and others", instance - memory_bytes - stack_bytes);
    out.flush();
    return 0;
}

}  // namespace wasmbed::wasm_tools
