// The two-wire serial interface of Arm's Versatile, RealView and MPS2 boards ("SBCon"): two open-drain lines that the
// program moves (Arm DUI 0225, "Serial bus interface"; Linux calls it arm,versatile-i2c).
#pragma once

#include "device/drivers/mmio.hpp"
#include "device/hal/clock.hpp"
#include "device/hal/i2c_bus.hpp"

namespace wasmbed::drivers {

/// I2C at 100 kHz or slower, as UM10204 table 10 has it. Waits for devices that stretch the clock, at most 1 ms.
class SbconI2c final : public hal::I2cBus {
  public:
    SbconI2c(std::uint32_t base, const hal::Clock& clock) : registers_(base), clock_(clock) {}

  private:
    static constexpr std::uint32_t kSet = 0x0;  // reads as the levels of the lines
    static constexpr std::uint32_t kClear = 0x4;
    static constexpr std::uint32_t kClockLine = 1U << 0;
    static constexpr std::uint32_t kDataLine = 1U << 1;

    Result<void, hal::I2cError> do_transfer(std::uint8_t address, Bytes out, MutableBytes in) override;
    Result<void, hal::I2cError> converse(std::uint8_t address, Bytes out, MutableBytes in);
    bool start();
    void stop();
    bool write_byte(std::uint8_t byte);
    std::uint8_t read_byte(bool more);
    void put_bit(bool bit);
    bool take_bit();
    bool clock_high();
    void half_period() const;
    void set(std::uint32_t line, bool high) const { registers_.write(high ? kSet : kClear, line); }
    [[nodiscard]] bool is_high(std::uint32_t line) const { return (registers_.read(kSet) & line) != 0; }

    Registers registers_;
    const hal::Clock& clock_;
};

}  // namespace wasmbed::drivers
