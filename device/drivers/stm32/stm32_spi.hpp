// SPI of STM32F1 and F4 as controller (RM0008 section 25.5, RM0090 section 28.5: the same registers).
#pragma once

#include "device/drivers/mmio.hpp"
#include "device/hal/spi_bus.hpp"

namespace wasmbed::drivers {

/// One device, on NSS: the chip drives it low as long as the SPI is enabled. The board has switched on clock and pins.
class Stm32Spi final : public hal::SpiBus {
  public:
    constexpr Stm32Spi(std::uint32_t base, std::uint32_t clock_hz) : registers_(base), rate_(rate(clock_hz)) {}

  private:
    static constexpr std::uint32_t kControl1 = 0x00;
    static constexpr std::uint32_t kControl2 = 0x04;
    static constexpr std::uint32_t kStatus = 0x08;
    static constexpr std::uint32_t kData = 0x0C;
    static constexpr std::uint32_t kController = 1U << 2;
    static constexpr std::uint32_t kRateAt = 3;
    static constexpr std::uint32_t kEnable = 1U << 6;
    static constexpr std::uint32_t kDriveSelect = 1U << 2;  // CR2: SSOE
    static constexpr std::uint32_t kReceived = 1U << 0;
    static constexpr std::uint32_t kBusy = 1U << 7;
    static constexpr int kSpinsMax = 100'000;  // a byte takes 8 us

    /// The clock is divided by 2 to the power of this plus one; 1 MHz or less, as far as it goes.
    static constexpr std::uint32_t rate(std::uint32_t clock_hz) {
        std::uint32_t exponent = 0;
        while (exponent < 7 && clock_hz >> (exponent + 1) > 1'000'000) ++exponent;
        return exponent;
    }
    std::size_t do_selects() const override { return 1; }
    Result<void, hal::SpiError> do_transfer(std::size_t, MutableBytes data) override {
        const std::uint32_t control = kController | rate_ << kRateAt;
        registers_.write(kControl2, kDriveSelect);
        registers_.write(kControl1, control | kEnable);
        const bool done = exchange(data);
        registers_.write(kControl1, control);
        if (!done) return fail(hal::SpiError::Stuck);
        return {};
    }
    bool exchange(MutableBytes data) const {
        for (std::uint8_t& byte : data) {
            registers_.write(kData, byte);
            if (!until(kReceived, kReceived)) return false;
            byte = static_cast<std::uint8_t>(registers_.read(kData));
        }
        return until(kBusy, 0);
    }
    bool until(std::uint32_t mask, std::uint32_t wanted) const {
        int spins = 0;
        while ((registers_.read(kStatus) & mask) != wanted) {
            if (++spins > kSpinsMax) return false;
        }
        return true;
    }

    Registers registers_;
    std::uint32_t rate_;
};

}  // namespace wasmbed::drivers
