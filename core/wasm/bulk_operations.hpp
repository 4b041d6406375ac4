// Operations that work on ranges of memory or of a table (sections 4.4.6 and 4.4.7).
#pragma once

#include "core/wasm/core_state.hpp"

namespace wasmbed::wasm {

/// What a unit of fuel pays for.
inline constexpr u32 kBulkBytes = 64;
inline constexpr u32 kBulkEntries = kBulkBytes / sizeof(Ref);

/// Bulk operations work on their operands, which begin at `s`, in place: what is left to do is written back, so that
/// the operation can stop when the fuel ends and be executed again.
struct Bulk {
    enum class End : u8 { kFinished, kOutOfFuel, kMemory, kTable, kUnreadable };

    static End fill(Core& c, u32* s);
    static End copy(Core& c, u32* s);
    static End init(Core& c, u32* s, u32 segment);
#if WASMBED_WASM_MULTI_MEMORY
    static End fill(Core& c, u32* s, const MemoryData& to);
    static End copy(Core& c, u32* s, const MemoryData& to, const MemoryData& from);
    static End init(Core& c, u32* s, u32 segment, const MemoryData& to);
#endif
    static End table_fill(Core& c, u32* s, u32 table);
    static End table_copy(Core& c, u32* s, u32 to, u32 from);
    static End table_init(Core& c, u32* s, u32 segment, u32 table);
};

#if WASMBED_WASM_MULTI_MEMORY
/// The operation OtherMemory (other_memory.hpp), whose operands begin at `slots`. The accumulator comes and goes by
/// value: the core keeps it in a register.
struct AfterOtherMemory {
    Bulk::End end;
    u32 accumulator;
};
AfterOtherMemory other_memory(Core& c, u32 accumulator, u32 what, u32 operand, u32* slots);
#endif

}  // namespace wasmbed::wasm
