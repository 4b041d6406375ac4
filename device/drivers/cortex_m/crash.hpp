// The end of a program that cannot go on, on a Cortex-M: says why on the console, then resets.
#pragma once

#include <string_view>

#include "device/drivers/cortex_m/reset_record.hpp"
#include "device/hal/board.hpp"

namespace wasmbed::drivers {

struct CrashContext {
    const hal::Board* board;  ///< null: not constructed yet, nothing can be said
    ResetRecord& record;
};

/// Defined by the board's composition.
CrashContext crash_context();

/// Prints "[seconds.millis] error source: text", keeps it and `reason` for the next boot and resets; after several
/// crashes in a row it waits before the reset, up to 6.4 s. Callable from any handler.
[[noreturn]] void crash(const char* source, std::string_view text, hal::ResetReason reason);

}  // namespace wasmbed::drivers

extern "C" {
/// For the vector table: every fault, and every exception nothing else handles. Prints a crash record.
void fault_handler();
/// For the vector table where the watchdog raises the NMI.
void nmi_handler();
}
