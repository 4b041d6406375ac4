// hal::Idle by WFI and a one-shot timer.
#pragma once

#include "device/drivers/cmsdk_timer.hpp"
#include "device/hal/clock.hpp"
#include "device/hal/idle.hpp"

namespace wasmbed::drivers {

class WfiIdle final : public hal::Idle {
  public:
    WfiIdle(const hal::Clock& clock, const CmsdkTimer& timer) : clock_(clock), timer_(timer) {}

    /// Every interrupt handler calls this: what it did may be work for the superloop, so the next wait returns at once.
    void note_interrupt() { interrupted_ = true; }

  private:
    void do_wait_until(std::uint64_t deadline_us) override;

    const hal::Clock& clock_;
    const CmsdkTimer& timer_;
    volatile bool interrupted_ = false;
};

}  // namespace wasmbed::drivers
