// Resets the board when the superloop stops.
#pragma once

#include <cstdint>

namespace wasmbed::hal {

class Watchdog {
  public:
    /// Starts it, or restarts it with another timeout: without `feed` within `timeout_ms` the board is reset, and the
    /// next boot's reset reason is Watchdog. 1 to 60,000 ms. It cannot be stopped again.
    void start(std::uint32_t timeout_ms) { do_start(timeout_ms); }
    /// Restarts the period. Never blocks.
    void feed() { do_feed(); }

  protected:
    ~Watchdog() = default;

  private:
    virtual void do_start(std::uint32_t timeout_ms) = 0;
    virtual void do_feed() = 0;
};

}  // namespace wasmbed::hal
