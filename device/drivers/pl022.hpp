// Arm PrimeCell SSP, PL022 (DDI 0194), as SPI controller with one device, which a bit of another register selects.
#pragma once

#include "device/drivers/mmio.hpp"
#include "device/hal/spi_bus.hpp"

namespace wasmbed::drivers {

/// The PL022's own select ends after each byte (DDI 0194 section 2.4.7), so a transfer needs a line apart.
class Pl022 final : public hal::SpiBus {
  public:
    /// `clock_hz` is SSPCLK. The device is selected while bit `select_pin` of the word at `select_register` is 0.
    Pl022(std::uint32_t base, std::uint32_t clock_hz, std::uint32_t select_register, std::uint32_t select_pin);

  private:
    std::size_t do_selects() const override { return 1; }
    Result<void, hal::SpiError> do_transfer(std::size_t select, MutableBytes data) override;
    Result<void, hal::SpiError> exchange(MutableBytes data) const;
    void select(bool on) const;

    Registers registers_;
    Registers select_;
    std::uint32_t select_mask_;
};

}  // namespace wasmbed::drivers
