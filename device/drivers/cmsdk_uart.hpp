// CMSDK APB UART (DDI 0479, UART): one byte of buffer each way.
#pragma once

#include <cstdint>

#include "device/drivers/mmio.hpp"
#include "device/drivers/ring_buffer.hpp"
#include "device/hal/console.hpp"

namespace wasmbed::drivers {

/// The registers alone, polled: for the console below and for byte sources.
class CmsdkUartPort {
  public:
    CmsdkUartPort(std::uint32_t base, std::uint32_t clock_hz, std::uint32_t baud)
        : registers_(base), divider_(clock_hz / baud) {}

    struct Enable {
        bool receive = false;
        bool transmit = false;
        bool interrupts = false;
    };
    void configure(Enable enable) const;
    [[nodiscard]] bool can_send() const { return (registers_.read(kState) & kTransmitFull) == 0; }
    [[nodiscard]] bool has_received() const { return (registers_.read(kState) & kReceiveFull) != 0; }
    void send(std::uint8_t byte) const { registers_.write(kData, byte); }
    [[nodiscard]] std::uint8_t receive() const { return static_cast<std::uint8_t>(registers_.read(kData)); }
    /// Whether a byte was overwritten before it was received; forgets it.
    [[nodiscard]] bool take_overrun() const;
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

/// Console with queues both ways, moved by interrupts. `handle_interrupt` belongs into the receive and the transmit
/// handler.
class CmsdkConsole final : public hal::Console {
  public:
    static constexpr std::size_t kTransmitBytes = 1024;  // some lines of log
    static constexpr std::size_t kReceiveBytes = 128;

    explicit CmsdkConsole(const CmsdkUartPort& port);
    void handle_interrupt();

  private:
    std::size_t do_write(Bytes data) override;
    std::size_t do_writable() const override { return transmit_.room(); }
    std::size_t do_read(MutableBytes out) override;
    std::uint32_t do_overruns() const override { return overruns_; }
    void do_write_blocking(Bytes data) override;
    void pump();
    void send_blocking(std::uint8_t byte) const;

    CmsdkUartPort port_;
    RingBuffer<kTransmitBytes> transmit_;
    RingBuffer<kReceiveBytes> receive_;
    volatile std::uint32_t overruns_ = 0;
};

}  // namespace wasmbed::drivers
