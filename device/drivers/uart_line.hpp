// How a UART is set up, whatever its registers are.
#pragma once

#include <cstdint>

namespace wasmbed::drivers {

/// Where it is, and how fast; 8 data bits, no parity, one stop bit.
struct UartLine {
    std::uint32_t base;
    std::uint32_t clock_hz;
    std::uint32_t baud;

    [[nodiscard]] constexpr std::uint32_t divider() const { return clock_hz / baud; }
};

/// Its parts that are switched on.
struct UartEnable {
    bool receive = false;
    bool transmit = false;
    bool interrupts = false;  ///< of what is on; some chips switch the transmitter's by `set_transmit_interrupt`
};

}  // namespace wasmbed::drivers
