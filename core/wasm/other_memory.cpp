#include "core/wasm/other_memory.hpp"

#if WASMBED_WASM_MULTI_MEMORY

#include "core/wasm/bulk_operations.hpp"

namespace wasmbed::wasm {

namespace {

u32 grow(Core& c, MemoryData& memory, u32 pages) {
    const u64 before = memory.size;
    const u32 former = grow_memory(memory, pages);
    c.view_memory();  // the first may be the same one by another index
    c.fuel -= static_cast<s32>((memory.size - before + kBulkBytes - 1) / kBulkBytes);
    return former;
}

}  // namespace

AfterOtherMemory other_memory(Core& c, u32 accumulator, u32 what, u32 operand, u32* slots) {
    MemoryData& memory = *c.instance->memories[what >> 8];
    Bulk::End end = Bulk::End::kFinished;
    switch (static_cast<MemoryAction>(what & 0xff)) {
        case MemoryAction::kUse:
            c.view_memory(memory);
            break;
        case MemoryAction::kSize:
            accumulator = memory.pages;
            break;
        case MemoryAction::kGrow:
            accumulator = grow(c, memory, slots[0]);
            break;
        case MemoryAction::kFill:
            end = Bulk::fill(c, slots, memory);
            break;
        case MemoryAction::kCopy:
            end = Bulk::copy(c, slots, memory, *c.instance->memories[operand]);
            break;
        case MemoryAction::kInit:
            end = Bulk::init(c, slots, operand, memory);
            break;
    }
    return {end, accumulator};
}

}  // namespace wasmbed::wasm

#endif
