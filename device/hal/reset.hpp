// Rebooting, and why the last boot happened.
#pragma once

#include <cstdint>

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
    virtual void do_reboot() = 0;
};

}  // namespace wasmbed::hal
