#include "device/drivers/sbcon_i2c.hpp"

namespace wasmbed::drivers {

using hal::I2cError;

void SbconI2c::half_period() const {
    // The counter has whole microseconds, so five ticks are more than 4 us: the shortest clock low time is 4.7 us.
    constexpr std::uint64_t kHalfPeriodUs = 5;
    const std::uint64_t end = clock_.now_us() + kHalfPeriodUs;
    while (clock_.now_us() < end) {
    }
}

/// Releases the clock line and waits until no device holds it; false when one does for too long.
bool SbconI2c::clock_high() {
    constexpr std::uint64_t kStretchUs = 1000;
    set(kClockLine, true);
    const std::uint64_t end = clock_.now_us() + kStretchUs;
    while (!is_high(kClockLine)) {
        if (clock_.now_us() > end) return false;
    }
    half_period();
    return true;
}

/// Also a repeated start: the data line falls while the clock is high. False when a line is stuck.
bool SbconI2c::start() {
    set(kDataLine, true);
    half_period();
    if (!clock_high() || !is_high(kDataLine)) return false;
    set(kDataLine, false);
    half_period();
    set(kClockLine, false);
    return true;
}

void SbconI2c::stop() {
    set(kDataLine, false);
    half_period();
    static_cast<void>(clock_high());
    set(kDataLine, true);
    half_period();
}

void SbconI2c::put_bit(bool bit) {
    set(kDataLine, bit);
    half_period();
    static_cast<void>(clock_high());
    set(kClockLine, false);
}

bool SbconI2c::take_bit() {
    set(kDataLine, true);
    half_period();
    static_cast<void>(clock_high());
    const bool bit = is_high(kDataLine);
    set(kClockLine, false);
    return bit;
}

/// True when the device acknowledged it.
bool SbconI2c::write_byte(std::uint8_t byte) {
    for (std::uint32_t mask = 0x80; mask != 0; mask >>= 1) put_bit((byte & mask) != 0);
    return !take_bit();
}

std::uint8_t SbconI2c::read_byte(bool more) {
    std::uint8_t byte = 0;
    for (int i = 0; i < 8; ++i) byte = static_cast<std::uint8_t>(byte << 1 | (take_bit() ? 1 : 0));
    put_bit(!more);
    return byte;
}

Result<void, I2cError> SbconI2c::converse(std::uint8_t address, Bytes out, MutableBytes in) {
    constexpr std::uint8_t kRead = 1;
    const auto first = static_cast<std::uint8_t>(address << 1);
    if (!out.empty() || in.empty()) {
        if (!start()) return fail(I2cError::Stuck);
        if (!write_byte(first)) return fail(I2cError::NoDevice);
        for (const std::uint8_t byte : out) {
            if (!write_byte(byte)) return fail(I2cError::NotTaken);
        }
    }
    if (!in.empty()) {
        if (!start()) return fail(I2cError::Stuck);
        if (!write_byte(first | kRead)) return fail(I2cError::NoDevice);
        for (std::size_t i = 0; i < in.size(); ++i) in[i] = read_byte(i + 1 < in.size());
    }
    return {};
}

Result<void, I2cError> SbconI2c::do_transfer(std::uint8_t address, Bytes out, MutableBytes in) {
    const Result<void, I2cError> result = converse(address, out, in);
    stop();
    return result;
}

}  // namespace wasmbed::drivers
