// hal::Stream over a non-blocking TCP socket.
#pragma once

#include <chrono>
#include <optional>

#include "device/hal/stream.hpp"

namespace wasmbed::sim {

/// Takes numeric addresses and "localhost": looking up other names would block.
class PosixStream final : public hal::Stream {
  public:
    PosixStream() = default;
    ~PosixStream() { do_close(); }
    PosixStream(const PosixStream&) = delete;
    PosixStream& operator=(const PosixStream&) = delete;

    /// -1 without socket.
    int descriptor() const { return fd_; }
    /// What to wait for, as poll(2) has it; 0 without socket.
    short awaited_events() const;

    using Time = std::chrono::steady_clock::time_point;
    /// The line below: cut, it fails what is open and refuses what is new; `delay` holds received bytes back.
    void set_line(bool cut, std::chrono::milliseconds delay);
    /// When bytes that are held back may be read.
    std::optional<Time> held_until() const { return held_until_; }
    /// Microseconds from now on, at least 1.
    static std::uint64_t us_until(Time time);

  private:
    Result<void, hal::StreamError> do_connect(std::string_view address) override;
    hal::StreamState do_state() const override;
    hal::StreamError do_error() const override { return error_; }
    Result<std::size_t, hal::StreamError> do_read(MutableBytes out) override;
    Result<std::size_t, hal::StreamError> do_write(Bytes data) override;
    void do_close() override;

    void look_at_connection() const;
    bool holds_back();
    hal::StreamError fail_with(int system_error) const;

    int fd_ = -1;
    bool write_blocked_ = false;
    bool cut_ = false;
    std::chrono::milliseconds delay_{0};
    std::optional<Time> held_until_;
    // There is no Network to move it on, so asking for the state does.
    mutable hal::StreamState state_ = hal::StreamState::Closed;
    mutable hal::StreamError error_ = hal::StreamError::None;
};

}  // namespace wasmbed::sim
