// Byte queues both ways around a UART, moved by its interrupt: what console, link and other byte lines share.
#pragma once

#include <algorithm>

#include "core/base/bytes.hpp"
#include "device/drivers/cortex_m/interrupts.hpp"
#include "device/drivers/ring_buffer.hpp"

namespace wasmbed::drivers {

/// What happens to received bytes that nobody has taken yet when the queue is full.
enum class WhenFull : std::uint8_t {
    Drop,  ///< counted as overruns: for people who type
    Hold,  ///< left in the UART, whose flow control (RTS, or an emulator's) stops the sender: for protocols
};

/// `Port` is the UART's registers: `configure`, `can_send`, `has_received`, `send`, `receive`, `take_overrun`,
/// `clear_interrupts`, `set_transmit_interrupt`, `set_receive_interrupt`. Queue sizes are powers of two.
template <class Port, std::size_t kTransmitBytes, std::size_t kReceiveBytes, WhenFull kWhenFull>
class BufferedUart {
  public:
    explicit BufferedUart(const Port& port) : port_(port) {
        port_.configure({.receive = true, .transmit = true, .interrupts = true});
    }

    /// Belongs into the receive and the transmit handler.
    void handle_interrupt() {
        port_.clear_interrupts();
        if (port_.take_overrun()) overruns_ = overruns_ + 1;
        take_received();
        pump();
    }
    /// Queues as much of `data` as there is room for; returns how much.
    std::size_t write(Bytes data) {
        const std::size_t count = std::min(data.size(), transmit_.room());
        for (const std::uint8_t byte : data.first(count)) transmit_.push(byte);
        const InterruptLock lock;
        pump();
        return count;
    }
    [[nodiscard]] std::size_t writable() const { return transmit_.room(); }
    /// Takes received bytes, at most `out.size()`.
    std::size_t read(MutableBytes out) {
        std::size_t count = 0;
        while (count < out.size() && !receive_.empty()) out[count++] = receive_.pop();
        if constexpr (kWhenFull == WhenFull::Hold) {
            const InterruptLock lock;
            take_received();
        }
        return count;
    }
    [[nodiscard]] bool has_received() const { return !receive_.empty(); }
    [[nodiscard]] std::uint32_t overruns() const { return overruns_; }
    /// Sends everything, what `write` took before included; works with interrupts off.
    void write_blocking(Bytes data) {
        const InterruptLock lock;
        while (!transmit_.empty()) send_blocking(transmit_.pop());
        for (const std::uint8_t byte : data) send_blocking(byte);
    }

  private:
    // Producer side of the receive queue: the handler, or others with interrupts locked.
    void take_received() {
        while (port_.has_received()) {
            if (kWhenFull == WhenFull::Hold && receive_.room() == 0) break;
            if (!receive_.push(port_.receive())) overruns_ = overruns_ + 1;
        }
        // Bytes that stay in the UART must not raise its interrupt for ever.
        if constexpr (kWhenFull == WhenFull::Hold) port_.set_receive_interrupt(receive_.room() > 0);
    }
    // Consumer side of the transmit queue: likewise.
    void pump() {
        while (!transmit_.empty() && port_.can_send()) port_.send(transmit_.pop());
        port_.set_transmit_interrupt(!transmit_.empty());
    }
    void send_blocking(std::uint8_t byte) const {
        // A reader that stopped must not keep a crashed board from its reset: a byte at 9,600 baud takes 26,000 cycles
        // at 25 MHz.
        constexpr int kSpinsMax = 1'000'000;
        for (int i = 0; i < kSpinsMax && !port_.can_send(); ++i) {
        }
        port_.send(byte);
    }

    Port port_;
    RingBuffer<kTransmitBytes> transmit_;
    RingBuffer<kReceiveBytes> receive_;
    volatile std::uint32_t overruns_ = 0;
};

}  // namespace wasmbed::drivers
