// USART of STM32F1 and F4, asynchronous, 8N1 (RM0008 section 27.6, RM0090 section 30.6: the same registers).
#pragma once

#include "device/drivers/mmio.hpp"
#include "device/drivers/uart_line.hpp"

namespace wasmbed::drivers {

/// The registers alone. The board has switched on clock and pins.
class Stm32UsartPort {
  public:
    /// Whether the peer's RTS holds back our bytes and our RTS the peer's.
    enum class FlowControl : bool { None, RtsCts };

    constexpr explicit Stm32UsartPort(const UartLine& line, FlowControl flow = FlowControl::None)
        : registers_(line.base), divider_(line.divider()), flow_(flow) {}

    void configure(UartEnable enable) const {
        constexpr std::uint32_t kRtsCtsEnable = 1U << 8 | 1U << 9;
        registers_.write(kBaudRate, divider_);
        registers_.write(kControl3, flow_ == FlowControl::RtsCts ? kRtsCtsEnable : 0);
        registers_.write(kControl1, kUsartEnable | (enable.transmit ? kTransmitEnable : 0) |
                                        (enable.receive ? kReceiveEnable : 0) |
                                        (enable.receive && enable.interrupts ? kReceiveInterrupt : 0));
    }
    [[nodiscard]] bool can_send() const { return (registers_.read(kStatus) & kTransmitEmpty) != 0; }
    [[nodiscard]] bool has_received() const { return (registers_.read(kStatus) & kReceiveFull) != 0; }
    void send(std::uint8_t byte) const { registers_.write(kData, byte); }
    [[nodiscard]] std::uint8_t receive() const { return static_cast<std::uint8_t>(registers_.read(kData)); }
    /// Whether a byte was lost before it was received. The flag goes with the next `receive` (status read, then data).
    [[nodiscard]] bool take_overrun() const { return (registers_.read(kStatus) & kOverrun) != 0; }
    void clear_interrupts() const {}  // receiving and sending does it
    void set_transmit_interrupt(bool on) const { set_control(kTransmitInterrupt, on); }
    void set_receive_interrupt(bool on) const { set_control(kReceiveInterrupt, on); }

  private:
    static constexpr std::uint32_t kStatus = 0x00;
    static constexpr std::uint32_t kData = 0x04;
    static constexpr std::uint32_t kBaudRate = 0x08;
    static constexpr std::uint32_t kControl1 = 0x0C;
    static constexpr std::uint32_t kControl3 = 0x14;
    static constexpr std::uint32_t kOverrun = 1U << 3;
    static constexpr std::uint32_t kReceiveFull = 1U << 5;
    static constexpr std::uint32_t kTransmitEmpty = 1U << 7;
    static constexpr std::uint32_t kReceiveEnable = 1U << 2;
    static constexpr std::uint32_t kTransmitEnable = 1U << 3;
    static constexpr std::uint32_t kReceiveInterrupt = 1U << 5;
    static constexpr std::uint32_t kTransmitInterrupt = 1U << 7;
    static constexpr std::uint32_t kUsartEnable = 1U << 13;

    void set_control(std::uint32_t bit, bool on) const {
        const std::uint32_t before = registers_.read(kControl1);
        const std::uint32_t after = on ? before | bit : before & ~bit;
        if (after != before) registers_.write(kControl1, after);
    }

    Registers registers_;
    std::uint32_t divider_;
    FlowControl flow_;
};

}  // namespace wasmbed::drivers
