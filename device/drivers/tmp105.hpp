// Texas Instruments TMP105 temperature sensor (SBOS375): 12 bits, 1/16 degree Celsius, on I2C.
#pragma once

#include "device/hal/i2c_bus.hpp"
#include "device/hal/sensor.hpp"

namespace wasmbed::drivers {

class Tmp105 final : public hal::Sensor {
  public:
    Tmp105(hal::I2cBus& bus, std::uint8_t address, std::string_view name) : bus_(bus), address_(address), name_(name) {}

  private:
    std::string_view do_name() const override { return name_; }
    std::string_view do_unit() const override { return "Cel"; }
    Result<std::int32_t, hal::SensorError> do_read_milli() override;

    hal::I2cBus& bus_;
    std::uint8_t address_;
    std::string_view name_;
};

}  // namespace wasmbed::drivers
