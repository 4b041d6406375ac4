// What stands at the start of a Cortex-M image: the vector table's form, and the way from reset to main.
#pragma once

#include <cstddef>
#include <cstdint>

#include "device/drivers/cortex_m/crash.hpp"

extern "C" {
extern std::uint32_t __stack_end[];  // link.ld.S

/// From reset to main: FPU on, memory initialised, constructors run.
[[noreturn]] void reset_handler();
}

namespace wasmbed::boards {

using Handler = void (*)();

/// DDI 0403 section B1.5.3: what the processor reads at reset and at each exception. Goes into the section `.vectors`.
template <std::size_t kInterrupts>
struct VectorTable {
    std::uint32_t* initial_stack;
    Handler exceptions[15];
    Handler interrupts[kInterrupts];
};

/// A table in which everything but reset ends in a crash record: a board enters the handlers of what it enables.
template <std::size_t kInterrupts>
constexpr VectorTable<kInterrupts> make_vectors() {
    VectorTable<kInterrupts> table{};
    table.initial_stack = __stack_end;
    for (Handler& handler : table.exceptions) handler = fault_handler;
    for (Handler& handler : table.interrupts) handler = fault_handler;
    table.exceptions[0] = reset_handler;
    return table;
}

}  // namespace wasmbed::boards
