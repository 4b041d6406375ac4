#include "device/drivers/tmp105.hpp"

#include <gtest/gtest.h>

namespace wasmbed::drivers {
namespace {

/// A TMP105 at 0x48 as its data sheet has it: a pointer, a configuration and a temperature register.
class BusWithTmp105 final : public hal::I2cBus {
  public:
    std::uint16_t temperature = 0;
    std::uint8_t configuration = 0;
    bool broken = false;

  private:
    Result<void, hal::I2cError> do_transfer(std::uint8_t address, Bytes out, MutableBytes in) override {
        if (address != 0x48) return fail(hal::I2cError::NoDevice);
        if (broken) return fail(hal::I2cError::NotTaken);
        if (!out.empty()) pointer_ = out[0];
        if (out.size() > 1 && pointer_ == 1) configuration = out[1];
        for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::uint8_t>(temperature >> (i == 0 ? 8 : 0));
        return {};
    }
    std::uint8_t pointer_ = 0;
};

TEST(Tmp105, gives_thousandths_of_a_degree_by_the_data_sheets_table) {
    BusWithTmp105 bus;
    Tmp105 sensor{bus, 0x48, "temperature"};
    // SBOS375, table "Temperature Data Format".
    const std::pair<std::uint16_t, std::int32_t> rows[] = {{0x7FF0, 127937}, {0x5000, 80000}, {0x4B00, 75000},
                                                           {0x0040, 250},    {0x0000, 0},     {0xFFC0, -250},
                                                           {0xE700, -25000}, {0xC900, -55000}};
    for (const auto& [raw, milli] : rows) {
        bus.temperature = raw;
        EXPECT_EQ(sensor.read_milli(), milli) << raw;
    }
    EXPECT_EQ(bus.configuration, 0x60);
}

TEST(Tmp105, tells_absent_from_broken) {
    BusWithTmp105 bus;
    EXPECT_EQ(Tmp105(bus, 0x49, "other").read_milli().error(), hal::SensorError::Absent);
    bus.broken = true;
    EXPECT_EQ(Tmp105(bus, 0x48, "this").read_milli().error(), hal::SensorError::Failed);
}

TEST(I2cBus, refuses_reserved_addresses_and_long_transfers_before_the_wire) {
    BusWithTmp105 bus;
    std::uint8_t bytes[hal::I2cBus::kTransferBytesMax + 1] = {};
    for (const int address : {0x00, 0x07, 0x78, 0xFF})
        EXPECT_EQ(bus.transfer(static_cast<std::uint8_t>(address), {}, {}).error(), hal::I2cError::BadAddress);
    EXPECT_EQ(bus.transfer(0x48, bytes, {}).error(), hal::I2cError::NotTaken);
    EXPECT_TRUE(bus.transfer(0x48, {}, {}));
}

}  // namespace
}  // namespace wasmbed::drivers
