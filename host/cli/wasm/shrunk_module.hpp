// Modules of ordinary compilers made to declare the memory that they use, to the byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/cli/wasm/loaded_module.hpp"

namespace wasmbed::wasm_tools {

struct ShrunkModule {
    std::vector<std::uint8_t> bytes;
    std::uint64_t memory_bytes_before;
    std::uint32_t memory_bytes;
    std::string known_by;  ///< where the end of stack and data was read
};

/// The same module with a memory of 1-byte pages, as many as its stack and static data take, no more and no less. Where
/// they end is known from an exported global `__heap_base` (wasm-ld, rustc, AssemblyScript), else from the stack
/// pointer of wasm-ld's usual layout, in which the stack lies behind the data.
///
/// Refused, with the reason, where the program could tell the difference: it grows its memory or asks for its size,
/// uses the address where it would end, or accesses what lies beyond; the memory is imported; the end is not known.
Result<ShrunkModule, std::string> shrink(const LoadedModule& loaded);

}  // namespace wasmbed::wasm_tools
