#include "device/drivers/cortex_m/systick.hpp"

#include <algorithm>

#include "device/drivers/cortex_m/interrupts.hpp"
#include "device/drivers/mmio.hpp"

namespace wasmbed::drivers {
namespace {

constexpr Registers kRegisters{0xE000E010};
constexpr std::uint32_t kControl = 0x0;
constexpr std::uint32_t kReload = 0x4;
constexpr std::uint32_t kCurrent = 0x8;
constexpr std::uint32_t kEnable = 1U << 0;
constexpr std::uint32_t kInterruptEnable = 1U << 1;
constexpr std::uint32_t kPeriodMax = 0xFF0000;  // 24 bits, with room for what passes while an interrupt is held off
constexpr std::uint32_t kPeriodMin = 64;        // a shorter one may end before it is looked at

// Interrupt control and state register, DDI 0403 section B3.2.4.
constexpr Registers kState{0xE000ED04};
constexpr std::uint32_t kSystickPending = 1U << 26;

}  // namespace

Systick::Systick(std::uint32_t clock_hz) : ticks_per_us_(clock_hz / 1'000'000) {
    begin_period(kPeriodMax);
    kRegisters.write(kControl, kEnable | kInterruptEnable);  // bit 2 clear: the reference clock
}

/// Writing the counter clears it, so that it starts from the new reload value.
void Systick::begin_period(std::uint32_t ticks) {
    period_ = ticks;
    began_ = false;
    kRegisters.write(kReload, ticks - 1);
    kRegisters.write(kCurrent, 0);
}

void Systick::add_ticks(std::uint32_t ticks) const {
    ticks += rest_;
    base_us_ += ticks / ticks_per_us_;
    rest_ = ticks % ticks_per_us_;
}

/// Ticks since the start of the present period; interrupts are locked. An end of it that was not handled yet is, here:
/// where interrupts stay locked, in the handler of a fault, one after the other has to count.
std::uint32_t Systick::ticks_of_period() const {
    std::uint32_t current = kRegisters.read(kCurrent);
    bool ended = false;
    if ((kState.read(0) & kSystickPending) != 0) {
        kState.write(0, kSystickPending >> 1);  // PENDSTCLR
        add_ticks(period_);
        ended = began_ = true;
        current = kRegisters.read(kCurrent);
    }
    // 0 is how it stands between the write that starts it and its first tick, and at the end of the period. An emulator
    // shows the first for longer than a tick, and the second before it raises the interrupt.
    if (current == 0) return ended || !began_ ? 0 : period_;
    began_ = true;
    return period_ - current;
}

void Systick::end_period_and_begin(std::uint32_t ticks) {
    add_ticks(ticks_of_period());
    kState.write(0, kSystickPending >> 1);  // PENDSTCLR: its end has been counted
    begin_period(ticks);
}

void Systick::handle_interrupt() {
    const InterruptLock lock;
    add_ticks(period_);
}

std::uint64_t Systick::do_now_us() const {
    const InterruptLock lock;
    const std::uint32_t ticks = ticks_of_period();
    const std::uint64_t now = base_us_ + (rest_ + ticks) / ticks_per_us_;
    last_us_ = std::max(last_us_, now);
    return last_us_;
}

void Systick::do_wait_until(std::uint64_t deadline_us) {
    // With interrupts locked, one that comes after the check is still pending at WFI, which then does not sleep.
    const InterruptLock lock;
    const std::uint64_t now = do_now_us();
    if (!interrupted_ && now < deadline_us) {
        const std::uint64_t wanted = std::min<std::uint64_t>(deadline_us - now, kPeriodMax / ticks_per_us_);
        const auto ticks = std::max(static_cast<std::uint32_t>(wanted) * ticks_per_us_, kPeriodMin);
        end_period_and_begin(ticks);
        asm volatile("dsb\n\twfi\n\tisb" ::: "memory");
        // A short period that went on repeating would leave no time for anything but its interrupt.
        end_period_and_begin(kPeriodMax);
    }
    interrupted_ = false;
}

}  // namespace wasmbed::drivers
