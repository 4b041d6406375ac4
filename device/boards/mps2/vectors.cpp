// Vector table of the MPS2 boards: the interrupts of the device tree's nodes, and who handles them (composition.cpp).
#include "board_dt.hpp"
#include "device/boards/common/startup.hpp"

extern "C" {
void console_handler();
void entropy_handler();
void ethernet_handler();
void wakeup_handler();
}

namespace {

namespace dt = wasmbed::dt;

// The highest that a board of the family uses is 48.
constexpr std::size_t kInterrupts = 64;

constexpr auto make_board_vectors() {
    auto table = wasmbed::boards::make_vectors<kInterrupts>();
    table.exceptions[1] = nmi_handler;  // the watchdog
    for (const std::uint32_t irq : dt::console::kIrqs) table.interrupts[irq] = console_handler;
    for (const std::uint32_t irq : dt::entropy::kIrqs) table.interrupts[irq] = entropy_handler;
    table.interrupts[dt::ethernet::kIrqs[0]] = ethernet_handler;
    table.interrupts[dt::wakeup_timer::kIrqs[0]] = wakeup_handler;
    return table;
}

[[gnu::section(".vectors"), gnu::used]] constexpr auto kVectors = make_board_vectors();

}  // namespace
