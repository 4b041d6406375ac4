// LEDs on pins of one STM32 port.
#pragma once

#include <span>

#include "device/drivers/mmio.hpp"
#include "device/hal/led_bank.hpp"

namespace wasmbed::drivers {

/// LEDs between the pins and ground or, `active_low`, the supply. Output through the set/reset register, which both
/// families have at their own offset: others of the port's pins are never touched.
class Stm32Leds final : public hal::LedBank {
  public:
    /// Offsets differ between families: RM0008 section 9.2, RM0090 section 8.4.
    struct Layout {
        std::uint32_t output_data;  ///< of ODR
        std::uint32_t set_reset;    ///< of BSRR
    };

    /// `masks` has one bit per LED. All off at construction. The board has switched on the port's clock and made the
    /// pins outputs.
    Stm32Leds(std::uint32_t base, const Layout& layout, std::span<const std::uint32_t> masks, bool active_low)
        : registers_(base), layout_(layout), masks_(masks), active_low_(active_low) {
        for (std::size_t i = 0; i < masks_.size(); ++i) do_set(i, false);
    }
    /// Whether the port keeps what is written to it. An emulator may not have it.
    [[nodiscard]] bool present() {
        for (std::size_t i = 0; i < masks_.size(); ++i) {
            for (const bool on : {true, false}) {
                do_set(i, on);
                if (do_get(i) != on) return false;
            }
        }
        return true;
    }

  private:
    std::size_t do_count() const override { return masks_.size(); }
    void do_set(std::size_t index, bool on) override {
        registers_.write(layout_.set_reset, on != active_low_ ? masks_[index] : masks_[index] << 16);
    }
    bool do_get(std::size_t index) const override {
        return ((registers_.read(layout_.output_data) & masks_[index]) != 0) != active_low_;
    }

    Registers registers_;
    Layout layout_;
    std::span<const std::uint32_t> masks_;
    bool active_low_;
};

}  // namespace wasmbed::drivers
