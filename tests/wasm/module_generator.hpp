// Random valid modules, the same for a seed on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/wasm/types.hpp"

namespace wasmbed::wasm::test {

struct GeneratorOptions {
    /// return_call and return_call_indirect.
    bool tail_calls = true;
    /// Also where other operands lie below the arguments: wasm-interp of wabt 1.0.32 then goes on with wrong values.
    bool tail_calls_anywhere = false;
    /// Imports env.add (i32) -> i32, env.wait (i64) -> i64, env.note (i32, f64) and the global env.seed (i32).
    bool imports = false;
    /// A memory of 1-byte pages instead of 64-KiB ones.
    bool byte_pages = false;
    /// Two memories, where there is one otherwise (multi-memory proposal).
    bool two_memories = false;
    /// Many small functions, each of one or two patterns or memory accesses at edges: what goes wrong shows in their
    /// results, and traps, which end a run, are seen often.
    bool probes = false;
};

/// A module that exports functions run0, run1, ... without parameters, each with one result, an i64: a digest of what
/// the functions it called gave, of the globals and of memory. Each ends by itself, in its value or a trap, after at
/// most some thousand calls and loop rounds. NaNs are made canonical wherever the specification leaves their bits open
/// (section 4.3.3), so every engine must give the same values.
std::vector<std::uint8_t> generate_module(std::uint64_t seed, const GeneratorOptions& options = {});

/// What functions are generated against; function_generator.hpp.
struct ModuleShape {
    struct Signature {
        std::vector<std::uint8_t> params;
        std::vector<std::uint8_t> results;
    };
    struct Global {
        std::uint8_t type;
        bool is_mutable;
    };
    std::vector<Signature> types;
    std::vector<std::uint32_t> functions;  ///< type of each, imports first
    std::vector<Global> globals;
    std::vector<std::uint32_t> table_sizes;  ///< of funcref
    std::vector<bool> data_passive;
    std::vector<bool> elements_passive;
    std::uint32_t fuel_global = 0;   ///< counts down calls and loop rounds
    std::uint32_t memory_mask = 0;   ///< addresses below its double are mostly in bounds; 0: no memory
    std::uint32_t memory_bytes = 0;  ///< of each memory in the beginning
    std::uint32_t memories = 1;
    std::uint32_t loop_types = 0;  ///< the first of four types (t) -> (t), t being i32, i64, f32, f64
    bool tail_calls = false;
    bool tail_calls_anywhere = false;
    bool memory_grows = true;
    bool probes = false;
};

}  // namespace wasmbed::wasm::test
