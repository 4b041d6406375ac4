// CMSDK APB UART (DDI 0479, UART): one byte of buffer each way.
#pragma once

#include <cstdint>

#include "device/drivers/mmio.hpp"
#include "device/drivers/uart_console.hpp"
#include "device/drivers/uart_line.hpp"

namespace wasmbed::drivers {

/// The registers alone, polled: for the console below and for byte sources.
class CmsdkUartPort {
  public:
    explicit CmsdkUartPort(const UartLine& line) : registers_(line.base), divider_(line.divider()) {}

    void configure(UartEnable enable) const;
    [[nodiscard]] bool can_send() const { return (registers_.read(kState) & kTransmitFull) == 0; }
    [[nodiscard]] bool has_received() const { return (registers_.read(kState) & kReceiveFull) != 0; }
    void send(std::uint8_t byte) const { registers_.write(kData, byte); }
    [[nodiscard]] std::uint8_t receive() const { return static_cast<std::uint8_t>(registers_.read(kData)); }
    /// Whether a byte was overwritten before it was received; forgets it.
    [[nodiscard]] bool take_overrun() const;
    void set_transmit_interrupt(bool) const {}  // one comes whenever a byte has left
    void clear_interrupts() const { registers_.write(kInterruptClear, kAllInterrupts); }

  private:
    static constexpr std::uint32_t kData = 0x00;
    static constexpr std::uint32_t kState = 0x04;
    static constexpr std::uint32_t kControl = 0x08;
    static constexpr std::uint32_t kInterruptClear = 0x0C;
    static constexpr std::uint32_t kBaudDivider = 0x10;
    static constexpr std::uint32_t kTransmitFull = 1U << 0;
    static constexpr std::uint32_t kReceiveFull = 1U << 1;
    static constexpr std::uint32_t kReceiveOverrun = 1U << 3;
    static constexpr std::uint32_t kAllInterrupts = 0xF;

    Registers registers_;
    std::uint32_t divider_;
};

using CmsdkConsole = UartConsole<CmsdkUartPort, 1024, 128>;  // some lines of log, and what a person types

}  // namespace wasmbed::drivers
