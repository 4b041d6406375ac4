// Translated code taken apart: operations, and the instructions they were made from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/cli/wasm/loaded_module.hpp"

namespace wasmbed::wasm_tools {

struct Operation {
    std::uint32_t offset;  ///< in the image
    std::uint32_t length;  ///< with the entries behind a br_table
    std::uint32_t source;  ///< offset in the module of the instruction that made it
    std::string text;      ///< "I32Add_AS s0", slots as s, immediates as numbers
};

/// Bytes of an own function's translated code, without its header and padding.
std::uint32_t code_bytes(const wasm::Module& module, std::uint32_t function);

/// The operations of an own function, in order. Translates the module once for each of them (wasm::locate).
std::vector<Operation> disassemble(const LoadedModule& loaded, std::uint32_t function);

}  // namespace wasmbed::wasm_tools
