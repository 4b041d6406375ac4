// Vector table of the STM32 boards: the interrupts of the device tree's nodes, and who handles them (composition.cpp).
#include "board_dt.hpp"
#include "device/boards/common/startup.hpp"

extern "C" {
void console_handler();
void link_handler();
void element_handler();
void systick_handler();
}

namespace {

namespace dt = wasmbed::dt;

constexpr std::size_t kInterrupts = 96;  // RM0090 table 62 has 82, RM0008 fewer
constexpr std::size_t kSystick = 14;     // among the exceptions behind the stack pointer, DDI 0403 section B1.5.2

constexpr auto make_board_vectors() {
    auto table = wasmbed::boards::make_vectors<kInterrupts>();
    table.exceptions[kSystick] = systick_handler;
    table.interrupts[dt::console::kIrqs[0]] = console_handler;
    table.interrupts[dt::link::kIrqs[0]] = link_handler;
    table.interrupts[dt::element_uart::kIrqs[0]] = element_handler;
    return table;
}

[[gnu::section(".vectors"), gnu::used]] constexpr auto kVectors = make_board_vectors();

}  // namespace
