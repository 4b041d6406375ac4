#include "device/drivers/tmp105.hpp"

namespace wasmbed::drivers {

Result<std::int32_t, hal::SensorError> Tmp105::do_read_milli() {
    constexpr std::uint8_t kConfiguration[] = {0x01, 0x60};  // pointer, 12 bits (R1 = R0 = 1), converting all the time
    constexpr std::uint8_t kTemperature[] = {0x00};
    std::uint8_t raw[2] = {};
    Result<void, hal::I2cError> done = bus_.transfer(address_, kConfiguration, {});
    if (done) done = bus_.transfer(address_, kTemperature, raw);
    if (!done)
        return fail(done.error() == hal::I2cError::NoDevice ? hal::SensorError::Absent : hal::SensorError::Failed);
    // Sixteenths of a degree, left-adjusted in 16 bits.
    const std::int32_t sixteenths = static_cast<std::int16_t>(raw[0] << 8 | raw[1]) >> 4;
    return sixteenths * 1000 / 16;
}

}  // namespace wasmbed::drivers
