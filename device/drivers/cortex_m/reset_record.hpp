// What survives a reset of a Cortex-M in RAM: why it was reset, how often it crashed in a row, and what the last crash
// said.
#pragma once

#include <cstdint>
#include <string_view>

#include "device/hal/reset.hpp"

namespace wasmbed::drivers {

/// In RAM that the startup code does not touch (section .noinit). Its content after power-on is arbitrary, hence the
/// check word.
class ResetRecord {
  public:
    /// Reads what the last boot left and starts a new one. Call once, early.
    void begin_boot();
    /// What the coming reset will be known as.
    void set_next(hal::ResetReason reason);
    void count_crash();
    /// Keeps a line for the next boot's `crash`, cut after kCrashBytesMax.
    void keep_crash(std::string_view line);
    /// The device is well: crashes do not count as consecutive any more.
    void clear_crashes();

    [[nodiscard]] hal::ResetReason reason() const { return reason_; }
    /// Crashes since the last `clear_crashes` or power-on.
    [[nodiscard]] std::uint32_t crashes() const { return crashes_; }
    /// The line that the boot before kept; empty without one.
    [[nodiscard]] std::string_view crash() const { return {crash_text_, crash_bytes_before_}; }

  private:
    static constexpr std::uint32_t kMagic = 0x52535452;
#ifdef WASMBED_LINK_PSK  // 8 KB of RAM: what and where; the console has the whole text
    static constexpr std::size_t kCrashBytesMax = 48;
#else
    static constexpr std::size_t kCrashBytesMax = 160;
#endif
    void seal();
    [[nodiscard]] std::uint32_t crash_check() const;

    std::uint32_t check_;
    std::uint32_t next_;
    std::uint32_t crashes_;
    hal::ResetReason reason_;
    std::uint32_t crash_check_;
    std::uint32_t crash_bytes_;
    std::uint32_t crash_bytes_before_;
    char crash_text_[kCrashBytesMax];
};

/// Requests a reset of the whole system (AIRCR.SYSRESETREQ, DDI 0403 section B3.2.6) and waits for it.
[[noreturn]] void system_reset();

/// hal::Reset over the record.
class CortexMReset final : public hal::Reset {
  public:
    explicit CortexMReset(ResetRecord& record) : record_(record) {}

  private:
    hal::ResetReason do_reason() const override { return record_.reason(); }
    std::string_view do_crash() const override { return record_.crash(); }
    void do_reboot() override {
        record_.set_next(hal::ResetReason::Software);
        system_reset();
    }
    ResetRecord& record_;
};

}  // namespace wasmbed::drivers
