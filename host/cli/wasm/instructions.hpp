// A walk over a function's instructions (WebAssembly 2.0, section 5.4), without what they mean.
#pragma once

#include <cstdint>

#include "core/wasm/reader.hpp"

namespace wasmbed::wasm_tools {

struct Instruction {
    std::uint32_t offset;     ///< of the opcode in the module
    std::uint8_t opcode;      ///< 0xfc: `immediate` is the opcode behind the prefix
    std::uint64_t immediate;  ///< the constant, index, or a memory access's offset; 0 where there is none
};

/// Reads the instruction at `r` with all that belongs to it. Of a validated module only.
Instruction next_instruction(wasm::Reader& r);

}  // namespace wasmbed::wasm_tools
