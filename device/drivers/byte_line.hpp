// Bytes to and from a chip on the same board, waiting for them: for short questions with an answer.
#pragma once

#include "device/drivers/buffered_uart.hpp"
#include "device/hal/clock.hpp"
#include "device/hal/idle.hpp"

namespace wasmbed::drivers {

class ByteLine {
  public:
    /// Sends all of `data`; blocks as long as the line takes for it.
    void send(Bytes data) { do_send(data); }
    /// Fills `out`; false when `Clock::now_us` came to `deadline_us` before it was full.
    [[nodiscard]] bool receive(MutableBytes out, std::uint64_t deadline_us) { return do_receive(out, deadline_us); }
    /// Forgets what was received and not taken.
    void drop_received() { do_drop_received(); }

  protected:
    ~ByteLine() = default;

  private:
    virtual void do_send(Bytes data) = 0;
    virtual bool do_receive(MutableBytes out, std::uint64_t deadline_us) = 0;
    virtual void do_drop_received() = 0;
};

/// Over a UART. Waits asleep: spinning would slow an emulator's host, which has to bring the bytes.
template <class Port, std::size_t kTransmitBytes, std::size_t kReceiveBytes>
class UartByteLine final : public ByteLine {
  public:
    UartByteLine(const Port& port, const hal::Clock& clock, hal::Idle& idle)
        : uart_(port), clock_(clock), idle_(idle) {}
    /// Belongs into the UART's handler.
    void handle_interrupt() { uart_.handle_interrupt(); }

  private:
    void do_send(Bytes data) override {
        while (!data.empty()) {
            const std::size_t taken = uart_.write(data);
            data = data.subspan(taken);
            if (taken == 0) idle_.wait_until(hal::Idle::kForever);  // until the transmitter has made room
        }
    }
    bool do_receive(MutableBytes out, std::uint64_t deadline_us) override {
        for (;;) {
            out = out.subspan(uart_.read(out));
            if (out.empty()) return true;
            if (clock_.now_us() >= deadline_us) return false;
            idle_.wait_until(deadline_us);
        }
    }
    void do_drop_received() override {
        std::uint8_t dropped[16];
        while (uart_.read(dropped) > 0) {
        }
    }

    BufferedUart<Port, kTransmitBytes, kReceiveBytes, WhenFull::Hold> uart_;
    const hal::Clock& clock_;
    hal::Idle& idle_;
};

}  // namespace wasmbed::drivers
