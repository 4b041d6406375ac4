// What instructions do with memories but the first (multi-memory proposal). Code for the first memory is what it is
// without; all others share one operation, OtherMemory.
#pragma once

#include <cstdint>

#if WASMBED_WASM_MULTI_MEMORY

namespace wasmbed::wasm {

/// The operation's first immediate has one of these in its low byte and the memory in its high one; its second another
/// memory, or a segment; its third the home of the first operand.
enum class MemoryAction : std::uint8_t {
    /// The next load or store is of this memory. Behind it comes kUse of the first one; nothing interrupts a run
    /// between the two.
    kUse,
    kSize,  ///< in pages, to the accumulator
    kGrow,  ///< the same, of before
    kFill,
    kCopy,  ///< from the memory in the second immediate
    kInit,  ///< from the segment in the second immediate
};

constexpr std::uint32_t memory_action(MemoryAction action, std::uint32_t memory) {
    return static_cast<std::uint32_t>(action) | memory << 8;
}

}  // namespace wasmbed::wasm

#endif
