// The core for Cortex-M (cortex_m.S): where what it works on lies, and how it ends. Included by assembly too.
#pragma once

// Byte offsets in Registers.
#define REGISTERS_SIZE_LIMITS 24
#define REGISTERS_IMAGE 36
#define REGISTERS_FUNCTIONS 40
#define REGISTERS_STACK_END 44
#define REGISTERS_GLOBALS 48
#define REGISTERS_TABLES 52
#define REGISTERS_FIRST_REF 56

// How it ends: an operation it has no handler for, no fuel left, or a trap (TrapKind plus 2).
#define REGISTERS_COLD 0
#define REGISTERS_OUT_OF_FUEL 1
#define REGISTERS_DIVIDE_BY_ZERO 3
#define REGISTERS_OVERFLOW 4
#define REGISTERS_MEMORY 6
#define REGISTERS_STACK 11

#if !defined(__ASSEMBLER__)

#include <cstddef>
#include <cstdint>

#include "core/wasm/instance_data.hpp"

// Thumb-2 (Armv7-M and later) has it; elsewhere the portable core runs all operations.
#if defined(__thumb2__) && !defined(WASMBED_WASM_PORTABLE_CORE)
#define WASMBED_WASM_REGISTER_CORE 1
#else
#define WASMBED_WASM_REGISTER_CORE 0
#endif

namespace wasmbed::wasm {

struct Registers {
    const std::uint8_t* pc;
    std::uint32_t* fp;
    std::uint32_t accumulator;
    std::uint8_t* memory;
    /// An access of 32 bits is inside if its address is below; 0 if there is room for none. Likewise below.
    std::uint32_t limit_32;
    std::int32_t fuel;
    std::uint32_t limit_8;
    std::uint32_t limit_16;
    std::uint32_t limit_64;
    const std::uint8_t* image;
    const std::uint32_t* functions;  ///< code offsets of own functions
    const std::uint32_t* stack_end;
    std::uint32_t** globals;
    TableData** tables;
    std::uint32_t first_ref;       ///< reference to the first own function
    std::uint32_t function_count;  ///< own functions
};

#if WASMBED_WASM_REGISTER_CORE
static_assert(offsetof(Registers, limit_8) == REGISTERS_SIZE_LIMITS && offsetof(Registers, image) == REGISTERS_IMAGE);
static_assert(offsetof(Registers, functions) == REGISTERS_FUNCTIONS);
static_assert(offsetof(Registers, stack_end) == REGISTERS_STACK_END &&
              offsetof(Registers, globals) == REGISTERS_GLOBALS);
static_assert(offsetof(Registers, tables) == REGISTERS_TABLES && offsetof(Registers, first_ref) == REGISTERS_FIRST_REF);
static_assert(offsetof(Registers, function_count) == REGISTERS_FIRST_REF + 4);
static_assert(offsetof(TableData, entries) == 0 && offsetof(TableData, size) == 4);
static_assert(offsetof(FunctionHeader, type) == 6);
static_assert(REGISTERS_DIVIDE_BY_ZERO == static_cast<int>(TrapKind::kIntegerDivideByZero) + 2);
static_assert(REGISTERS_OVERFLOW == static_cast<int>(TrapKind::kIntegerOverflow) + 2);
static_assert(REGISTERS_MEMORY == static_cast<int>(TrapKind::kMemoryOutOfBounds) + 2);
static_assert(REGISTERS_STACK == static_cast<int>(TrapKind::kStackExhausted) + 2);

/// Runs hot operations until one of the ends above; the operation at `pc` then has not begun (after a loop's branch:
/// pc is the loop's head).
extern "C" std::uint32_t wasmbed_wasm_run_hot(Registers* registers);
#endif

}  // namespace wasmbed::wasm

#endif  // __ASSEMBLER__
