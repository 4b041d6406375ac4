// hal::Stream by lwIP's TCP.
#pragma once

#include <lwip/ip_addr.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>

#include "device/hal/stream.hpp"

namespace wasmbed::drivers {

/// Moves in Network::poll. Received bytes stay in lwIP's buffers until `read`; the window is their bound.
class LwipStream final : public hal::Stream {
  public:
    LwipStream() = default;

  private:
    static constexpr std::size_t kHostCharsMax = 127;

    Result<void, hal::StreamError> do_connect(std::string_view address) override;
    hal::StreamState do_state() const override { return state_; }
    hal::StreamError do_error() const override { return error_; }
    Result<std::size_t, hal::StreamError> do_read(MutableBytes out) override;
    Result<std::size_t, hal::StreamError> do_write(Bytes data) override;
    void do_close() override;

    hal::StreamError resolve();
    hal::StreamError connect_to(const ip_addr_t& address);
    void drop_received();
    void fail_with(hal::StreamError error);

    static void on_resolved(const char* name, const ip_addr_t* address, void* self);
    static err_t on_connected(void* self, tcp_pcb* pcb, err_t error);
    static err_t on_received(void* self, tcp_pcb* pcb, pbuf* data, err_t error);
    static void on_error(void* self, err_t error);

    tcp_pcb* pcb_ = nullptr;
    pbuf* received_ = nullptr;
    hal::StreamState state_ = hal::StreamState::Closed;
    hal::StreamError error_ = hal::StreamError::None;
    bool resolving_ = false;
    std::uint16_t port_ = 0;
    char host_[kHostCharsMax + 1] = {};
};

}  // namespace wasmbed::drivers
