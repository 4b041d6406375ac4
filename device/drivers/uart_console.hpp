// hal::Console over a UART.
#pragma once

#include "device/drivers/buffered_uart.hpp"
#include "device/hal/console.hpp"

namespace wasmbed::drivers {

/// `handle_interrupt` belongs into the receive and the transmit handler.
template <class Port, std::size_t kTransmitBytes, std::size_t kReceiveBytes>
class UartConsole final : public hal::Console {
  public:
    explicit UartConsole(const Port& port) : uart_(port) {}
    void handle_interrupt() { uart_.handle_interrupt(); }

  private:
    std::size_t do_write(Bytes data) override { return uart_.write(data); }
    std::size_t do_writable() const override { return uart_.writable(); }
    std::size_t do_read(MutableBytes out) override { return uart_.read(out); }
    std::uint32_t do_overruns() const override { return uart_.overruns(); }
    void do_write_blocking(Bytes data) override { uart_.write_blocking(data); }

    BufferedUart<Port, kTransmitBytes, kReceiveBytes, WhenFull::Drop> uart_;
};

}  // namespace wasmbed::drivers
