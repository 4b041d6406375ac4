// The IP network below `Stream`: what the superloop polls and what people are told.
#pragma once

#include <cstdint>
#include <string_view>

namespace wasmbed::hal {

enum class NetworkState : std::uint8_t {
    Down,         ///< no link
    Configuring,  ///< link, no address yet
    Up,           ///< streams may connect
};

class Network {
  public:
    /// Moves received packets and timers on: once per turn of the superloop. Bounded work, never blocks. Streams change
    /// state only in here.
    void poll() { do_poll(); }
    [[nodiscard]] NetworkState state() const { return do_state(); }
    /// Own address as text ("10.0.2.15"), empty before `Up`. Valid until the next `poll`.
    [[nodiscard]] std::string_view address() const { return do_address(); }
    /// `Clock` time in microseconds at which `poll` must run again even without an interrupt (`Idle::kForever`: no such
    /// time).
    [[nodiscard]] std::uint64_t next_timer_us() const { return do_next_timer_us(); }

  protected:
    ~Network() = default;

  private:
    virtual void do_poll() = 0;
    virtual NetworkState do_state() const = 0;
    virtual std::string_view do_address() const = 0;
    virtual std::uint64_t do_next_timer_us() const = 0;
};

}  // namespace wasmbed::hal
