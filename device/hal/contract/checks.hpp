// The contracts of hal's interfaces, as functions that run anywhere: under GoogleTest on the host (basic_contract.hpp),
// and on the microcontroller itself (device/firmware/probe.cpp).
#pragma once

#include <array>
#include <cstdint>

#include "device/hal/clock.hpp"
#include "device/hal/entropy.hpp"
#include "device/hal/i2c_bus.hpp"
#include "device/hal/idle.hpp"
#include "device/hal/led_bank.hpp"
#include "device/hal/sensor.hpp"

namespace wasmbed::hal {

/// Null: kept; else the rule that was broken.
using Broken = const char*;

inline Broken check_clock(const Clock& clock) {
    std::uint64_t last = clock.now_us();
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t now = clock.now_us();
        if (now < last) return "the clock went back";
        last = now;
    }
    return nullptr;
}

inline Broken check_idle(const Clock& clock, Idle& idle) {
    constexpr std::uint64_t kGenerousUs = 10'000'000;
    const std::uint64_t deadline = clock.now_us() + 2000;
    while (clock.now_us() < deadline) idle.wait_until(deadline);
    if (clock.now_us() >= deadline + kGenerousUs) return "idle slept far beyond its deadline";
    idle.wait_until(deadline);  // has passed: must return
    idle.wait_until(0);
    return nullptr;
}

inline Broken check_leds(LedBank& leds) {
    for (std::size_t i = 0; i < leds.count(); ++i) {
        if (leds.get(i)) return "an LED is on at start";
        if (!leds.set(i, true)) return "an LED cannot be switched on";
        for (std::size_t other = 0; other < leds.count(); ++other) {
            if (leds.get(other) != (other == i)) return "switching an LED changes another, or not itself";
        }
        if (!leds.set(i, false) || leds.get(i)) return "an LED cannot be switched off";
    }
    if (leds.set(leds.count(), true) || leds.get(leds.count())) return "an LED that does not exist was switched";
    return nullptr;
}

inline Broken check_entropy(Entropy& entropy) {
    std::array<std::uint8_t, 32> first{};
    std::array<std::uint8_t, 32> second{};
    if (!entropy.fill(first) || !entropy.fill(second)) return "entropy gives no bytes";
    return first == second ? "entropy gave the same bytes twice" : nullptr;
}

/// 0x10 must be an address where nothing answers.
inline Broken check_i2c(I2cBus& bus) {
    std::array<std::uint8_t, I2cBus::kTransferBytesMax + 1> bytes{};
    if (bus.transfer(0x07, {}, {}).error() != I2cError::BadAddress) return "a reserved I2C address was used";
    if (bus.transfer(0x10, bytes, {}).error() != I2cError::NotTaken) return "too long a transfer was begun";
    if (bus.transfer(0x10, {}, {}).error() != I2cError::NoDevice) return "nothing answers, and that was not said";
    return nullptr;
}

/// Whether or not the part answers.
inline Broken check_sensor(Sensor& sensor) {
    if (sensor.name().empty() || sensor.name().size() > 32) return "a sensor has no name, or too long a one";
    if (sensor.unit().empty()) return "a sensor has no unit";
    const auto milli = sensor.read_milli();
    if (!milli && milli.error() == SensorError::Failed) return "a sensor answers, but not with a measurement";
    return nullptr;
}

}  // namespace wasmbed::hal
