// Rebooting, and why the last boot happened.
#pragma once

#include <cstdint>
#include <string_view>

namespace wasmbed::hal {

enum class ResetReason : std::uint8_t { PowerOn, Watchdog, Software, BrownOut, Unknown };

/// The names that Hello carries (core/proto/wire.cddl).
[[nodiscard]] inline const char* text_of(ResetReason reason) {
    switch (reason) {
        case ResetReason::PowerOn:
            return "power-on";
        case ResetReason::Watchdog:
            return "watchdog";
        case ResetReason::Software:
            return "software";
        case ResetReason::BrownOut:
            return "brown-out";
        case ResetReason::Unknown:
            break;
    }
    return "unknown";
}

class Reset {
  public:
    /// Why this boot happened; constant over the boot.
    [[nodiscard]] ResetReason reason() const { return do_reason(); }
    /// What the crash that ended the boot before left: one line such as "watchdog: superloop stopped pc=00001234 ...
    /// app=blink". Empty when that boot did not crash, or its memory is gone. Constant over the boot.
    [[nodiscard]] std::string_view crash() const { return do_crash(); }
    /// Says what runs now, for the line of a crash: an app's label; empty: the firmware itself. Borrowed until the next
    /// call.
    void note_task(std::string_view task) { task_ = task; }
    [[nodiscard]] std::string_view task() const { return task_; }
    /// Restarts the board at once. What must be on the console is written with `Console::write_blocking` before.
    [[noreturn]] void reboot() {
        do_reboot();
        for (;;) {
        }
    }

  protected:
    ~Reset() = default;

  private:
    virtual ResetReason do_reason() const = 0;
    virtual std::string_view do_crash() const { return {}; }
    virtual void do_reboot() = 0;

    std::string_view task_;
};

}  // namespace wasmbed::hal
