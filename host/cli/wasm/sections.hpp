// The sections of a module, and what its custom sections say. Nothing here needs the module to be valid.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"

namespace wasmbed::wasm_tools {

struct Section {
    std::uint8_t id;
    std::string name;      ///< "code"; of a custom section its own
    std::uint32_t offset;  ///< of the section's content in the module; of a custom section behind its name
    std::uint32_t size;    ///< bytes from there to the end
};

/// The sections, up to the first whose header is broken.
std::vector<Section> sections_of(Bytes wasm);

/// The module's name in its name section; empty without one.
std::string module_name(Bytes wasm);

/// The functions' names in the name section by their indices, as views of `wasm`; of an index named twice, the first.
std::map<std::uint32_t, std::string_view> function_names(Bytes wasm);

/// One of them; empty without one. Reads them all.
std::string function_name(Bytes wasm, std::uint32_t function);

/// One line for each field of the producers section: "processed-by: clang 19.1.7".
std::vector<std::string> producers(Bytes wasm);

}  // namespace wasmbed::wasm_tools
