// What the superloop does when no state machine has work.
#pragma once

#include <cstdint>

namespace wasmbed::hal {

class Idle {
  public:
    /// Sleeps (WFI on a Cortex-M) until an interrupt came or `Clock::now_us() >= deadline_us`; returns at once when the
    /// deadline has passed or an interrupt is pending already. May return early for no visible reason: the caller looks
    /// at its state again. `kForever` never times out.
    void wait_until(std::uint64_t deadline_us) { do_wait_until(deadline_us); }
    static constexpr std::uint64_t kForever = UINT64_MAX;

  protected:
    ~Idle() = default;

  private:
    virtual void do_wait_until(std::uint64_t deadline_us) = 0;
};

}  // namespace wasmbed::hal
