// hal::Stream straight over a serial line: what leaves is what TLS wrote, no framing, no addresses.
#pragma once

#include "device/drivers/buffered_uart.hpp"
#include "device/drivers/serial_session.hpp"
#include "device/hal/stream.hpp"

namespace wasmbed::drivers {

/// The line is always there, so `connect` opens at once, whatever the address says: who answers is up to the bridge at
/// the other end (docs/reference/serial-link.md). Never PeerClosed: TLS says when a session is over, and the bridge
/// says "hang-up" when it is cut. Received bytes that belong to an earlier session are skipped.
template <class Port, std::size_t kTransmitBytes, std::size_t kReceiveBytes>
class UartStream final : public hal::Stream {
  public:
    explicit UartStream(const Port& port) : uart_(port) {}
    /// Belongs into the UART's handler.
    void handle_interrupt() { uart_.handle_interrupt(); }

  private:
    Result<void, hal::StreamError> do_connect(std::string_view) override {
        if (open_) return fail(hal::StreamError::Busy);
        std::uint8_t dropped[32];
        while (uart_.read(dropped) > 0) {
        }
        start_.reset();
        open_ = true;
        return {};
    }
    hal::StreamState do_state() const override { return open_ ? hal::StreamState::Open : hal::StreamState::Closed; }
    hal::StreamError do_error() const override { return hal::StreamError::None; }
    Result<std::size_t, hal::StreamError> do_read(MutableBytes out) override {
        if (!open_) return fail(hal::StreamError::NotOpen);
        while (!start_.found()) {
            std::uint8_t byte = 0;
            if (uart_.read({&byte, 1}) == 0) return 0;
            start_.take(byte);
        }
        const std::size_t held = start_.read(out);
        return held + uart_.read(out.subspan(held));
    }
    Result<std::size_t, hal::StreamError> do_write(Bytes data) override {
        if (!open_) return fail(hal::StreamError::NotOpen);
        return uart_.write(data);
    }
    void do_close() override { open_ = false; }

    BufferedUart<Port, kTransmitBytes, kReceiveBytes, WhenFull::Hold> uart_;
    SessionStart start_;
    bool open_ = false;
};

}  // namespace wasmbed::drivers
