// CMSDK APB watchdog (DDI 0479, watchdog; registers as Arm SP805).
#pragma once

#include "device/drivers/mmio.hpp"
#include "device/hal/watchdog.hpp"

namespace wasmbed::drivers {

/// The first expiry raises the NMI, whose handler records the reason and resets; when even that does not run, the
/// second expiry resets.
class CmsdkWatchdog final : public hal::Watchdog {
  public:
    CmsdkWatchdog(std::uint32_t base, std::uint32_t clock_hz) : registers_(base), ticks_per_ms_(clock_hz / 1000) {}

  private:
    static constexpr std::uint32_t kLoad = 0x000;
    static constexpr std::uint32_t kControl = 0x008;
    static constexpr std::uint32_t kInterruptClear = 0x00C;
    static constexpr std::uint32_t kLock = 0xC00;
    static constexpr std::uint32_t kUnlock = 0x1ACCE551;

    void do_start(std::uint32_t timeout_ms) override {
        constexpr std::uint32_t kInterruptEnable = 1U << 0;
        constexpr std::uint32_t kResetEnable = 1U << 1;
        registers_.write(kLock, kUnlock);
        registers_.write(kLoad, timeout_ms * ticks_per_ms_);
        registers_.write(kInterruptClear, 1);
        registers_.write(kControl, kInterruptEnable | kResetEnable);
        registers_.write(kLock, 0);
    }
    void do_feed() override {
        registers_.write(kLock, kUnlock);
        registers_.write(kInterruptClear, 1);  // reloads the counter
        registers_.write(kLock, 0);
    }

    Registers registers_;
    std::uint32_t ticks_per_ms_;
};

}  // namespace wasmbed::drivers
