#include "host/cli/wasm/sections.hpp"

#include <algorithm>
#include <iterator>

#include "core/wasm/reader.hpp"

namespace wasmbed::wasm_tools {
namespace {

using wasm::Reader;

// WebAssembly 2.0, section 5.5.2.
constexpr const char* kSectionNames[] = {"custom", "type",  "import",  "function", "table", "memory",    "global",
                                         "export", "start", "element", "code",     "data",  "data count"};

// Subsections of the name section (appendix 7.4).
constexpr std::uint8_t kModuleName = 0;
constexpr std::uint8_t kFunctionNames = 1;

/// A reader of the content of the custom section of that name; at its end if there is none.
Reader custom_section(Bytes wasm, std::string_view name) {
    for (const Section& section : sections_of(wasm)) {
        if (section.id != 0 || section.name != name) continue;
        Reader r(wasm.first(section.offset + section.size));
        r.seek(section.offset);
        return r;
    }
    return Reader(Bytes{});
}

/// A reader of one subsection of the name section.
Reader name_subsection(Bytes wasm, std::uint8_t wanted) {
    Reader r = custom_section(wasm, "name");
    while (r.ok() && !r.done()) {
        const std::uint8_t id = r.byte();
        const std::uint32_t size = r.u32();
        const Bytes content = r.bytes(size);
        if (r.ok() && id == wanted) return Reader(content);
    }
    return Reader(Bytes{});
}

}  // namespace

std::vector<Section> sections_of(Bytes wasm) {
    constexpr std::uint8_t kHeader[] = {0, 'a', 's', 'm', 1, 0, 0, 0};  // magic and version, section 5.5.16
    std::vector<Section> sections;
    Reader r(wasm);
    const Bytes header = r.bytes(sizeof kHeader);
    if (!r.ok() || !std::ranges::equal(header, kHeader)) return sections;
    while (r.ok() && !r.done()) {
        Section section{r.byte(), "", 0, 0};
        const std::uint32_t size = r.u32();
        const std::uint32_t end = r.position() + size;
        if (!r.ok() || size > r.left()) break;
        if (section.id == 0) {
            const std::uint32_t outer = r.narrow(end);
            section.name = r.name();
            r.widen(outer);
        } else {
            section.name = section.id < std::size(kSectionNames) ? kSectionNames[section.id] : "unknown";
        }
        if (!r.ok()) break;
        section.offset = r.position();
        section.size = end - r.position();
        sections.push_back(std::move(section));
        r.seek(end);
    }
    return sections;
}

std::string module_name(Bytes wasm) {
    Reader r = name_subsection(wasm, kModuleName);
    return r.done() ? std::string() : std::string(r.name());
}

std::map<std::uint32_t, std::string_view> function_names(Bytes wasm) {
    std::map<std::uint32_t, std::string_view> names;
    Reader r = name_subsection(wasm, kFunctionNames);
    const std::uint32_t count = r.done() ? 0 : r.u32();
    for (std::uint32_t i = 0; i < count && r.ok(); ++i) {
        const std::uint32_t index = r.u32();
        const std::string_view name = r.name();
        if (r.ok()) names.try_emplace(index, name);
    }
    return names;
}

std::string function_name(Bytes wasm, std::uint32_t function) {
    const auto names = function_names(wasm);
    const auto found = names.find(function);
    return found == names.end() ? "" : std::string(found->second);
}

std::vector<std::string> producers(Bytes wasm) {
    std::vector<std::string> lines;
    Reader r = custom_section(wasm, "producers");
    const std::uint32_t fields = r.done() ? 0 : r.u32();
    for (std::uint32_t i = 0; i < fields && r.ok(); ++i) {
        std::string line = std::string(r.name()) + ":";
        const std::uint32_t values = r.u32();
        for (std::uint32_t k = 0; k < values && r.ok(); ++k) {
            line += (k == 0 ? " " : ", ") + std::string(r.name());
            const std::string_view version = r.name();
            if (!version.empty()) line += " " + std::string(version);
        }
        if (r.ok()) lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace wasmbed::wasm_tools
