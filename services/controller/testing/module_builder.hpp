// Small modules for tests, put together byte by byte.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace wasmbed::controller::testing {

using ModuleBytes = std::vector<std::uint8_t>;

/// One section: id, size, content; content below 128 bytes.
inline void add_section(ModuleBytes& module, std::uint8_t id, const ModuleBytes& content) {
    module.push_back(id);
    module.push_back(static_cast<std::uint8_t>(content.size()));
    module.insert(module.end(), content.begin(), content.end());
}

inline void add_name(ModuleBytes& out, std::string_view name) {
    out.push_back(static_cast<std::uint8_t>(name.size()));
    out.insert(out.end(), name.begin(), name.end());
}

struct ModuleShape {
    std::string_view import_module = {};  ///< empty: no import
    std::string_view import_name = {};
    ModuleBytes import_type = {0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f};  ///< (i32, i32) -> (i32)
    std::string_view export_name = "_start";
    std::uint8_t memory_pages = 0;    ///< 0: no memory
    ModuleBytes body = {0x00, 0x0b};  ///< of the exported function: locals, code
};

/// (module (import ...) (memory ...) (func (export "_start") ...))
inline ModuleBytes make_module(const ModuleShape& shape = {}) {
    const bool imports = !shape.import_module.empty();
    ModuleBytes module = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00};
    ModuleBytes types = {0x02, 0x60, 0x00, 0x00};
    types.insert(types.end(), shape.import_type.begin(), shape.import_type.end());
    add_section(module, 1, types);
    if (imports) {
        ModuleBytes import = {0x01};
        add_name(import, shape.import_module);
        add_name(import, shape.import_name);
        import.insert(import.end(), {0x00, 0x01});
        add_section(module, 2, import);
    }
    add_section(module, 3, {0x01, 0x00});
    if (shape.memory_pages > 0) add_section(module, 5, {0x01, 0x00, shape.memory_pages});
    ModuleBytes exports = {0x01};
    add_name(exports, shape.export_name);
    exports.insert(exports.end(), {0x00, static_cast<std::uint8_t>(imports ? 1 : 0)});
    add_section(module, 7, exports);
    ModuleBytes code = {0x01, static_cast<std::uint8_t>(shape.body.size())};
    code.insert(code.end(), shape.body.begin(), shape.body.end());
    add_section(module, 10, code);
    return module;
}

}  // namespace wasmbed::controller::testing
