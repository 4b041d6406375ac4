// The contracts of hal's interfaces, as functions that run anywhere: under GoogleTest on the host (basic_contract.hpp),
// and on the microcontroller itself (device/firmware/probe.cpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "device/hal/board.hpp"

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

/// The bus has at least one select line, whether or not something is on it.
inline Broken check_spi(SpiBus& bus) {
    std::array<std::uint8_t, SpiBus::kTransferBytesMax + 1> bytes{};
    if (bus.selects() == 0) return "an SPI bus can select nothing";
    if (bus.transfer(bus.selects(), bytes).error() != SpiError::NoDevice) return "a missing SPI device was selected";
    if (bus.transfer(0, bytes).error() != SpiError::TooLong) return "too long a transfer was begun";
    if (!bus.transfer(0, MutableBytes(bytes).first(SpiBus::kTransferBytesMax))) return "the SPI bus moves no bytes";
    return bus.transfer(0, {}) ? nullptr : "an empty SPI transfer fails";
}

/// Changes the pins: nothing may hang on them.
inline Broken check_gpio(GpioBank& gpio) {
    for (std::size_t pin = 0; pin < gpio.count(); ++pin) {
        for (const bool high : {true, false}) {
            if (!gpio.set(pin, high) || gpio.get(pin) != high) return "a pin does not show what it drives";
        }
        if (!gpio.release(pin)) return "a pin cannot become an input again";
    }
    const std::size_t beyond = gpio.count();
    if (gpio.set(beyond, true) || gpio.release(beyond) || gpio.get(beyond)) return "a pin that does not exist was used";
    return nullptr;
}

/// Fills the line with dots as far as it goes.
inline Broken check_console(Console& console) {
    constexpr std::size_t kFillMax = 4096;
    static constexpr std::array<std::uint8_t, 8> kDots{'.', '.', '.', '.', '.', '.', '.', '.'};
    console.write_blocking({});
    const std::size_t room = console.writable();
    if (room == 0) return "an empty console has no room";
    for (std::size_t filled = 0; console.writable() > 0 && filled < kFillMax; filled += kDots.size()) {
        const std::size_t before = console.writable();
        const std::size_t taken = console.write(kDots);
        if (taken < std::min(before, kDots.size()) || taken > kDots.size())
            return "a console takes another number of bytes than it has room for";
    }
    console.write_blocking({});
    return console.writable() == room ? nullptr : "write_blocking left bytes behind";
}

/// Needs no network: ends before there is a connection.
inline Broken check_link(Stream& link) {
    std::array<std::uint8_t, 4> bytes{};
    link.close();
    if (link.state() != StreamState::Closed || link.error() != StreamError::None) return "a closed link is not Closed";
    if (link.read(bytes).error() != StreamError::NotOpen) return "a closed link was read";
    if (link.write(bytes).error() != StreamError::NotOpen) return "a closed link was written";
    if (!link.connect("no port") && link.state() != StreamState::Closed) return "a bad address left the link half open";
    link.close();
    if (link.connect("127.0.0.1:9")) {
        if (link.connect("127.0.0.1:9").error() != StreamError::Busy) return "a link was connected twice";
    }
    link.close();
    return link.state() == StreamState::Closed ? nullptr : "a link does not close";
}

/// A fed watchdog does nothing. Stays started, with a period of a minute.
inline Broken check_watchdog(Watchdog& watchdog, const Clock& clock, Idle& idle) {
    constexpr std::uint32_t kPeriodMs = 200;
    const std::uint64_t end = clock.now_ms() + 3 * kPeriodMs;
    watchdog.start(kPeriodMs);
    while (clock.now_ms() < end) {
        watchdog.feed();
        idle.wait_until(clock.now_us() + kPeriodMs * 1000 / 8);
    }
    watchdog.start(60'000);
    return nullptr;
}

inline Broken check_reset(Reset& reset) {
    if (std::string_view(text_of(reset.reason())).empty()) return "a boot has no reason";
    reset.note_task("contract");
    if (reset.task() != "contract") return "the task of a crash is not kept";
    reset.note_task({});
    return nullptr;
}

inline Broken check_info(const DeviceInfo& info) {
    if (info.board().empty() || info.board().size() > 32) return "a board has no name, or too long a one";
    std::array<std::uint8_t, 32> first{};
    const std::size_t size = info.hardware_id().size();
    if (size == 0 || size > first.size()) return "a board has no hardware id, or too long a one";
    std::ranges::copy(info.hardware_id(), first.begin());
    const Bytes again = info.hardware_id();
    return std::ranges::equal(again, Bytes(first).first(size)) ? nullptr : "a board changes its hardware id";
}

/// Erases and writes the first two blocks; store_contract.hpp has the rules in full.
inline Broken check_store(Store& store) {
    const StoreGeometry is = store.geometry();
    std::array<std::uint8_t, 16> unit{};
    const MutableBytes data = MutableBytes(unit).first(is.program_unit);
    const auto holds = [&](std::uint32_t at, std::uint8_t value) {
        std::ranges::fill(data, static_cast<std::uint8_t>(~value));
        return store.read(at, data) && std::ranges::all_of(data, [&](std::uint8_t byte) { return byte == value; });
    };
    const auto program = [&](std::uint32_t at, std::uint8_t value) {
        std::ranges::fill(data, value);
        return store.program(at, data);
    };
    const std::uint32_t last = is.erase_block - is.program_unit;  // of the first block
    if (!store.erase(0, 2 * is.erase_block)) return "a store cannot be erased";
    if (!holds(0, Store::kErased) || !holds(last, Store::kErased)) return "an erased block does not read as erased";
    if (!program(0, 0x35) || !program(last, 0x35) || !program(is.erase_block, 0x53)) return "a store keeps nothing";
    if (!holds(0, 0x35) || !holds(last, 0x35) || !holds(is.erase_block, 0x53)) return "a store keeps something else";
    if (program(last, 0x11).error() != StoreError::NotErased || !holds(last, 0x35)) return "a unit was written twice";
    if (!store.erase(0, is.erase_block) || !holds(last, Store::kErased) || !holds(is.erase_block, 0x53))
        return "an erase goes too far, or not far enough";
    if (program(is.size, 0).error() != StoreError::OutOfRange) return "what is behind the store was written";
    if (store.erase(is.program_unit, is.erase_block).error() != StoreError::Unaligned) return "half a block was erased";
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

/// All of them, one after the other: `tell(part, broken)` for each part that the board has, `absent(part)` for the
/// others.
template <class Tell, class Absent>
void check_board(const Board& board, const Tell& tell, const Absent& absent) {
    const auto each = [&](const char* part, const auto& parts, const auto& check) {
        for (auto* one : parts) tell(part, check(*one));
        if (parts.empty()) absent(part);
    };
    tell("console", check_console(board.console));
    tell("clock", check_clock(board.clock));
    tell("idle", check_idle(board.clock, board.idle));
    tell("reset", check_reset(board.reset));
    tell("info", check_info(board.info));
    tell("factory", board.factory.bytes().size() <= 4096 ? nullptr : "a factory partition is too large");
    tell("store", check_store(board.store));
    board.seed_store != nullptr ? tell("seed", check_store(*board.seed_store)) : absent("seed");
    board.entropy != nullptr ? tell("entropy", check_entropy(*board.entropy)) : absent("entropy");
    board.link_stream != nullptr ? tell("link", check_link(*board.link_stream)) : absent("link");
    board.leds != nullptr ? tell("leds", check_leds(*board.leds)) : absent("leds");
    board.gpio != nullptr ? tell("gpio", check_gpio(*board.gpio)) : absent("gpio");
    board.watchdog != nullptr ? tell("watchdog", check_watchdog(*board.watchdog, board.clock, board.idle))
                              : absent("watchdog");
    each("i2c", board.i2c_buses, check_i2c);
    each("spi", board.spi_buses, check_spi);
    each("sensor", board.sensors, check_sensor);
}

}  // namespace wasmbed::hal
