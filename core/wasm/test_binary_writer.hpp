// Writes the binary format (WebAssembly 2.0, section 5), for tests.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"

namespace wasmbed::wasm::test {

class BinaryWriter {
  public:
    const std::vector<std::uint8_t>& bytes() const { return bytes_; }
    void byte(std::uint8_t value) { bytes_.push_back(value); }
    void raw(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    void raw(std::initializer_list<std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes); }

    void u32(std::uint32_t value) {
        for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }
    void s64(std::int64_t value) {
        for (;; value >>= 7) {
            const auto low = static_cast<std::uint8_t>(value & 0x7f);
            if ((value >> 6) == 0 || (value >> 6) == -1) return byte(low);
            byte(low | 0x80);
        }
    }
    void fixed(std::uint64_t value, unsigned count) {
        for (unsigned i = 0; i < count; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    void name(std::string_view text) {
        u32(static_cast<std::uint32_t>(text.size()));
        raw(bytes_of(text));
    }
    /// What `content` holds, with its length in front.
    void sized(const BinaryWriter& content) {
        u32(static_cast<std::uint32_t>(content.bytes().size()));
        raw(content.bytes());
    }
    /// What every module begins with.
    void preamble() { raw({0, 'a', 's', 'm', 1, 0, 0, 0}); }
    void section(std::uint8_t id, const BinaryWriter& content) {
        byte(id);
        sized(content);
    }

  private:
    std::vector<std::uint8_t> bytes_;
};

/// (import MODULE NAME (func TYPE))
struct FunctionImport {
    std::string_view module;
    std::string_view name;
    std::vector<std::uint8_t> type;
};

/// (module IMPORT (memory MEMORY) (elem ELEMENTS) (func (export NAME) TYPE LOCALS BODY)), each as the format has it.
struct OneFunction {
    std::optional<FunctionImport> import = {};
    std::vector<std::uint8_t> memory = {};    ///< its limits; empty: no memory
    std::vector<std::uint8_t> elements = {};  ///< a segment; empty: none
    std::vector<std::uint8_t> type = {0x60, 0, 0};
    std::vector<std::uint8_t> locals = {0};
    std::vector<std::uint8_t> body = {};  ///< its end left out
    std::string_view name = "f";
};

inline std::vector<std::uint8_t> module_of(const OneFunction& function) {
    constexpr std::uint8_t kCount = 1;
    const std::uint8_t imported = function.import.has_value();
    BinaryWriter types, imports, functions, memories, exports, elements, body, code, module;
    types.byte(kCount + imported), types.raw(function.type);
    imports.byte(kCount);
    if (function.import) {
        types.raw(function.import->type);
        imports.name(function.import->module), imports.name(function.import->name), imports.raw({0, 1});
    }
    functions.raw({kCount, 0});
    memories.byte(kCount), memories.raw(function.memory);
    exports.byte(kCount), exports.name(function.name), exports.raw({0, imported});
    elements.byte(kCount), elements.raw(function.elements);
    body.raw(function.locals), body.raw(function.body), body.byte(0x0b);
    code.byte(kCount), code.sized(body);
    module.preamble();
    module.section(1, types);
    if (function.import) module.section(2, imports);
    module.section(3, functions);
    if (!function.memory.empty()) module.section(5, memories);
    module.section(7, exports);
    if (!function.elements.empty()) module.section(9, elements);
    module.section(10, code);
    return module.bytes();
}

}  // namespace wasmbed::wasm::test
