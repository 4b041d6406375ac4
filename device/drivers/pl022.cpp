#include "device/drivers/pl022.hpp"

namespace wasmbed::drivers {
namespace {

// DDI 0194 section 3.3.
constexpr std::uint32_t kControl0 = 0x00;
constexpr std::uint32_t kControl1 = 0x04;
constexpr std::uint32_t kData = 0x08;
constexpr std::uint32_t kStatus = 0x0C;
constexpr std::uint32_t kPrescale = 0x10;
constexpr std::uint32_t kEightBits = 7;       // CR0: data size minus one; Motorola format, mode 0
constexpr std::uint32_t kEnable = 1U << 1;    // CR1: as controller
constexpr std::uint32_t kReceived = 1U << 2;  // SR: receive queue not empty

constexpr std::uint32_t kBusHz = 1'000'000;
constexpr int kSpinsMax = 10'000;  // a byte takes 8 us

/// An even number from 2 to 254.
constexpr std::uint32_t prescale(std::uint32_t clock_hz) {
    const std::uint32_t divisor = (clock_hz + 2 * kBusHz - 1) / (2 * kBusHz) * 2;
    return divisor < 2 ? 2 : divisor > 254 ? 254 : divisor;
}

}  // namespace

Pl022::Pl022(std::uint32_t base, std::uint32_t clock_hz, std::uint32_t select_register, std::uint32_t select_pin)
    : registers_(base), select_(select_register), select_mask_(1U << select_pin) {
    select(false);
    registers_.write(kPrescale, prescale(clock_hz));
    registers_.write(kControl0, kEightBits);
    registers_.write(kControl1, kEnable);
}

void Pl022::select(bool on) const {
    const std::uint32_t others = select_.read(0) & ~select_mask_;
    select_.write(0, on ? others : others | select_mask_);
}

Result<void, hal::SpiError> Pl022::exchange(MutableBytes data) const {
    for (std::uint8_t& byte : data) {
        registers_.write(kData, byte);
        int spins = 0;
        while ((registers_.read(kStatus) & kReceived) == 0) {
            if (++spins > kSpinsMax) return fail(hal::SpiError::Stuck);
        }
        byte = static_cast<std::uint8_t>(registers_.read(kData));
    }
    return {};
}

Result<void, hal::SpiError> Pl022::do_transfer(std::size_t, MutableBytes data) {
    select(true);
    const auto done = exchange(data);
    select(false);
    return done;
}

}  // namespace wasmbed::drivers
