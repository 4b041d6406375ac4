// CMSDK APB timer (DDI 0479, timer): a 32-bit down-counter, used as a one-shot wake-up.
#pragma once

#include <algorithm>
#include <cstdint>

#include "device/drivers/mmio.hpp"

namespace wasmbed::drivers {

class CmsdkTimer {
  public:
    CmsdkTimer(std::uint32_t base, std::uint32_t clock_hz) : registers_(base), ticks_per_us_(clock_hz / 1'000'000) {}

    /// Raises its interrupt after `delay_us`, at the latest after 60 s: for waits whose caller looks at the time again.
    void start(std::uint64_t delay_us) const {
        constexpr std::uint64_t kLongestUs = 60'000'000;
        const auto ticks = static_cast<std::uint32_t>(std::min(delay_us, kLongestUs)) * ticks_per_us_;
        registers_.write(kControl, 0);
        registers_.write(kValue, ticks);
        registers_.write(kReload, ticks);
        registers_.write(kControl, kEnable | kInterruptEnable);
    }
    void stop() const {
        registers_.write(kControl, 0);
        clear_interrupt();
    }
    void clear_interrupt() const { registers_.write(kInterruptClear, 1); }

  private:
    static constexpr std::uint32_t kControl = 0x0;
    static constexpr std::uint32_t kValue = 0x4;
    static constexpr std::uint32_t kReload = 0x8;
    static constexpr std::uint32_t kInterruptClear = 0xC;
    static constexpr std::uint32_t kEnable = 1U << 0;
    static constexpr std::uint32_t kInterruptEnable = 1U << 3;

    Registers registers_;
    std::uint32_t ticks_per_us_;
};

}  // namespace wasmbed::drivers
