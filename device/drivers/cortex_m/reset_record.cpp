#include "device/drivers/cortex_m/reset_record.hpp"

#include <algorithm>

#include "core/base/crc32.hpp"

namespace wasmbed::drivers {

void ResetRecord::begin_boot() {
    const bool valid = check_ == (kMagic ^ next_ ^ crashes_);
    // A valid record without an announced reason: something reset us from outside, or a watchdog whose NMI could not
    // run.
    reason_ = valid ? static_cast<hal::ResetReason>(next_) : hal::ResetReason::PowerOn;
    if (!valid) crashes_ = 0;
    const bool crashed = valid && crash_bytes_ <= kCrashBytesMax && crash_check_ == crash_check();
    crash_bytes_before_ = crashed ? crash_bytes_ : 0;
    crash_check_ = ~crash_check_;  // said once
    set_next(hal::ResetReason::Unknown);
}

void ResetRecord::set_next(hal::ResetReason reason) {
    next_ = static_cast<std::uint32_t>(reason);
    seal();
}

void ResetRecord::count_crash() {
    crashes_ = crashes_ + 1;
    seal();
}

std::uint32_t ResetRecord::crash_check() const {
    return crc32({reinterpret_cast<const std::uint8_t*>(crash_text_), crash_bytes_}, kMagic);
}

void ResetRecord::keep_crash(std::string_view line) {
    crash_bytes_ = static_cast<std::uint32_t>(std::min(line.size(), kCrashBytesMax));
    std::copy_n(line.data(), crash_bytes_, crash_text_);
    crash_check_ = crash_check();
}

void ResetRecord::clear_crashes() {
    crashes_ = 0;
    seal();
}

void ResetRecord::seal() {
    check_ = kMagic ^ next_ ^ crashes_;
    asm volatile("dsb" ::: "memory");
}

void system_reset() {
    constexpr std::uintptr_t kAircr = 0xE000ED0C;
    constexpr std::uint32_t kVectKey = 0x05FA0000;
    constexpr std::uint32_t kSysResetReq = 1U << 2;
    asm volatile("dsb" ::: "memory");
    *reinterpret_cast<volatile std::uint32_t*>(kAircr) = kVectKey | kSysResetReq;
    asm volatile("dsb" ::: "memory");
    for (;;) {
    }
}

}  // namespace wasmbed::drivers
