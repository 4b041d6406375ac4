// `wasmbed wasm inspect`.
#include <fmt/format.h>
#include <ostream>

#include "core/hostapi/host_functions.hpp"
#include "core/hostapi/signature.hpp"
#include "core/wasm/module_view.hpp"
#include "host/cli/wasm/loaded_module.hpp"
#include "host/cli/wasm/sections.hpp"
#include "host/cli/wasm/tools.hpp"
#include "host/cli/wasm/values.hpp"

namespace wasmbed::wasm_tools {
namespace {

const char* word_for(wasm::ExternKind kind) {
    switch (kind) {
        case wasm::ExternKind::kFunction:
            return "function";
        case wasm::ExternKind::kTable:
            return "table";
        case wasm::ExternKind::kMemory:
            return "memory";
        case wasm::ExternKind::kGlobal:
            return "global";
    }
    return "unknown";
}

std::string limits_text(const wasm::Limits& limits, const char* unit) {
    const std::string least = fmt::format("{} {}", limits.min, unit);
    return limits.has_max ? fmt::format("{}, at most {}", least, limits.max) : least + ", no maximum declared";
}

/// What a manifest must grant for an import to be linked on a device.
std::string permission_text(const wasm::Import& import) {
    if (import.kind != wasm::ExternKind::kFunction) return "not offered by devices: they offer functions only";
    const hostapi::HostFunction* row = hostapi::find_host_function(import.module, import.name);
    if (row == nullptr) return "not offered by devices";
    const hostapi::Signature signature = hostapi::parse_signature(hostapi::signature_of(row->id));
    const wasm::FuncType offered{signature.params(), signature.results()};
    if (!wasm::same_type(offered, import.function)) return "devices offer it as " + text_of(offered);
    if (row->permission == hostapi::PermissionKind::None) return "no permission needed";
    return "needs " + std::string(hostapi::grammar_of(row->permission));
}

void show_sections(const std::vector<Section>& sections, std::ostream& out) {
    if (sections.empty()) return;
    out << "sections (offset, bytes)\n";
    for (const Section& section : sections) {
        const std::string name = section.id == 0 ? "custom \"" + section.name + "\"" : section.name;
        out << fmt::format("  {:<24}{:>8} {:>8}\n", name, section.offset, section.size);
    }
}

void show_imports(const wasm::Module& module, std::ostream& out) {
    if (module.import_count() == 0) return;
    out << "imports\n";
    wasm::ImportCursor cursor(module);
    for (std::uint32_t i = 0; i < module.import_count(); ++i) {
        const wasm::Import import = cursor.next();
        const bool function = import.kind == wasm::ExternKind::kFunction;
        out << fmt::format("  {} {}.{}{}: {}\n", word_for(import.kind), import.module, import.name,
                           function ? " " + text_of(import.function) : "", permission_text(import));
    }
}

void show_exports(const wasm::Module& module, std::ostream& out) {
    if (module.export_count() == 0) return;
    out << "exports\n";
    for (std::uint32_t i = 0; i < module.export_count(); ++i) {
        const wasm::Export found = module.export_at(i);
        const bool function = found.kind == wasm::ExternKind::kFunction;
        out << fmt::format("  {} {} {}{}\n", word_for(found.kind), found.index, found.name,
                           function ? " " + text_of(module.function_type(found.index)) : "");
    }
}

void show_memory_and_tables(const wasm::Module& module, std::ostream& out) {
    if (const auto memory = module.memory()) {
        const std::uint32_t page_bytes = std::uint32_t{1} << memory->page_log2;
        out << fmt::format("memory: {}; {} bytes a page{}\n", limits_text(memory->limits, "pages"), page_bytes,
                           page_bytes == 1 ? " (custom page size)" : "");
    }
    if (module.header().table_section == 0) return;
    wasm::Reader r = wasm::reader_at(module, module.header().table_section);
    const std::uint32_t count = r.u32();
    for (std::uint32_t i = 0; i < count; ++i) {
        const wasm::TableType table = wasm::read_table_type(r);
        out << fmt::format("table {}: {}, {}\n", module.header().imported_tables + i,
                           name_of(static_cast<std::uint8_t>(table.element)), limits_text(table.limits, "entries"));
    }
}

}  // namespace

int inspect(const std::filesystem::path& file, std::ostream& out, std::ostream& err) {
    const auto refuse = [&](const std::string& why) {
        out.flush();
        err << "error: " << why << std::endl;
        return 1;
    };
    auto bytes = read_module_file(file);
    if (!bytes) return refuse(bytes.error());
    show_sections(sections_of(*bytes), out);
    const auto loaded = load(std::move(*bytes));
    if (!loaded) return refuse(file.string() + ": " + text_of(loaded.error()));
    const wasm::Module& module = loaded->module;
    show_imports(module, out);
    show_exports(module, out);
    show_memory_and_tables(module, out);
    if (module.has_start()) out << fmt::format("start function: {}\n", module.header().start_function);
    const std::string name = module_name(module.wasm());
    if (!name.empty()) out << "name: " << name << '\n';
    for (const std::string& line : producers(module.wasm())) out << "producers, " << line << '\n';
    out.flush();
    return 0;
}

}  // namespace wasmbed::wasm_tools
