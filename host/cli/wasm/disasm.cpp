// `wasmbed wasm disasm`.
#include <fmt/format.h>
#include <ostream>

#include "core/wasm/function_bodies.hpp"
#include "host/cli/wasm/disassembly.hpp"
#include "host/cli/wasm/sections.hpp"
#include "host/cli/wasm/tools.hpp"
#include "host/cli/wasm/values.hpp"

namespace wasmbed::wasm_tools {
namespace {

// Each operation is looked up by a walk over the whole module: above this, one function at a time.
constexpr std::size_t kWholeModuleBytes = 16384;
constexpr std::uint32_t kSourceBytesShown = 8;

/// "6a 21 02", cut where the column ends.
std::string source_text(Bytes wasm, std::uint32_t begin, std::uint32_t end) {
    std::string text;
    for (std::uint32_t i = begin; i < end && i < begin + kSourceBytesShown; ++i)
        text += fmt::format("{:02x} ", wasm[i]);
    return end > begin + kSourceBytesShown ? text + ".." : text;
}

void show_function(const LoadedModule& loaded, std::uint32_t function, std::ostream& out) {
    const wasm::Module& module = loaded.module;
    const wasm::Body body = wasm::body_of(module, function);
    const wasm::FunctionHeader& header = wasm::function_header(module, function);
    const std::vector<Operation> operations = disassemble(loaded, function);
    const std::string name = function_name(module.wasm(), function);
    out << fmt::format("function {}{} {}: {} bytes, translated {}; frame {} slots\n", function,
                       name.empty() ? "" : " (" + name + ")", text_of(module.function_type(function)),
                       body.end - body.begin, code_bytes(module, function), header.frame_slots);
    std::uint32_t shown_to = body.begin;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const Operation& operation = operations[i];
        // The bytes from the last instruction that made code; those behind this one belong to the next.
        std::string source;
        if (i == 0 || operation.source != operations[i - 1].source) {
            const std::uint32_t end = operation.source + 1;
            source = fmt::format("{:6} {}", shown_to, source_text(module.wasm(), shown_to, end));
            shown_to = end;
        }
        out << fmt::format("  {:<36}{:6} {}\n", source, operation.offset, operation.text);
    }
}

}  // namespace

int disasm(const std::filesystem::path& file, std::optional<std::uint32_t> function, std::ostream& out,
           std::ostream& err) {
    const auto refuse = [&](const std::string& why) {
        err << "error: " << why << std::endl;
        return 1;
    };
    const auto loaded = load_file(file);
    if (!loaded) return refuse(loaded.error());
    const std::uint32_t first = loaded->module.header().imported_functions;
    const std::uint32_t count = loaded->module.function_count();
    if (function && (*function < first || *function >= count)) {
        return refuse(fmt::format("{}: there is no own function {}; they begin at {} and end before {}", file.string(),
                                  *function, first, count));
    }
    if (!function && loaded->bytes.size() > kWholeModuleBytes) {
        return refuse(fmt::format("{}: more than {} bytes: choose one function with --function", file.string(),
                                  kWholeModuleBytes));
    }
    for (std::uint32_t i = function.value_or(first); i < (function ? *function + 1 : count); ++i) {
        show_function(*loaded, i, out);
    }
    out.flush();
    return 0;
}

}  // namespace wasmbed::wasm_tools
