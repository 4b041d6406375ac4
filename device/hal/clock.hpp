// Monotonic time since boot.
#pragma once

#include <cstdint>

namespace wasmbed::hal {

/// Never goes back, never wraps in practice (64 bits of microseconds).
class Clock {
  public:
    /// Microseconds since boot, read from the hardware at the call. Safe in interrupt handlers. Never blocks.
    [[nodiscard]] std::uint64_t now_us() const { return do_now_us(); }
    /// The same in whole milliseconds.
    [[nodiscard]] std::uint64_t now_ms() const { return do_now_us() / 1000; }

  protected:
    ~Clock() = default;

  private:
    virtual std::uint64_t do_now_us() const = 0;
};

}  // namespace wasmbed::hal
