// FPGA system control and I/O block of Arm's MPS2 images (DAI 0385, FPGA system control and I/O): LEDs and a
// free-running counter.
#pragma once

#include <span>

#include "device/drivers/mmio.hpp"
#include "device/hal/clock.hpp"
#include "device/hal/led_bank.hpp"

namespace wasmbed::drivers {

/// The LEDs whose bits in the LED register `masks` lists. All off at construction.
class Mps2Leds final : public hal::LedBank {
  public:
    Mps2Leds(std::uint32_t base, std::span<const std::uint32_t> masks) : registers_(base), masks_(masks) {
        registers_.write(kLeds, 0);
    }

  private:
    static constexpr std::uint32_t kLeds = 0x00;
    std::size_t do_count() const override { return masks_.size(); }
    void do_set(std::size_t index, bool on) override {
        const std::uint32_t others = registers_.read(kLeds) & ~masks_[index];
        registers_.write(kLeds, others | (on ? masks_[index] : 0));
    }
    bool do_get(std::size_t index) const override { return (registers_.read(kLeds) & masks_[index]) != 0; }

    Registers registers_;
    std::span<const std::uint32_t> masks_;
};

/// Microseconds from the 32-bit counter, which is set to 1 MHz and wraps every 71 minutes: `now_us` must be called more
/// often than that.
class Mps2Clock final : public hal::Clock {
  public:
    Mps2Clock(std::uint32_t base, std::uint32_t clock_hz);

  private:
    static constexpr std::uint32_t kCounter = 0x18;
    static constexpr std::uint32_t kPrescale = 0x1C;
    std::uint64_t do_now_us() const override;

    Registers registers_;
    mutable std::uint32_t last_;
    mutable std::uint64_t elapsed_us_ = 0;
};

}  // namespace wasmbed::drivers
