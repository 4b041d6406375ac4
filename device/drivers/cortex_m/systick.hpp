// Time and sleep by the processor's own timer, SysTick (DDI 0403 section B3.3), for chips without a better one.
#pragma once

#include "device/hal/clock.hpp"
#include "device/hal/idle.hpp"

namespace wasmbed::drivers {

/// Counts the reference clock. One down-counter of 24 bits serves both ends: each wait starts it anew with the time up
/// to its deadline, and what has passed is added up. A wait costs about two ticks.
class Systick final : public hal::Clock, public hal::Idle {
  public:
    /// `clock_hz` is that of the reference clock, a whole number of MHz.
    explicit Systick(std::uint32_t clock_hz);

    /// Belongs into the SysTick handler.
    void handle_interrupt();
    /// Every other interrupt handler calls this: what it did may be work for the superloop, so the next wait returns
    /// at once.
    void note_interrupt() { interrupted_ = true; }

  private:
    std::uint64_t do_now_us() const override;
    void do_wait_until(std::uint64_t deadline_us) override;
    void add_ticks(std::uint32_t ticks) const;
    std::uint32_t ticks_of_period() const;
    void begin_period(std::uint32_t ticks);
    void end_period_and_begin(std::uint32_t ticks);

    std::uint32_t ticks_per_us_;
    std::uint32_t period_ = 0;           ///< ticks
    mutable std::uint32_t rest_ = 0;     ///< ticks below a microsecond before this period
    mutable std::uint64_t base_us_ = 0;  ///< at the start of this period
    mutable std::uint64_t last_us_ = 0;
    mutable bool began_ = false;  ///< the counter was seen to run in this period
    volatile bool interrupted_ = false;
};

}  // namespace wasmbed::drivers
