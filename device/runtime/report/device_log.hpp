// Where everything the device says goes: lines to the console, records to the gateway.
#pragma once

#include <string_view>

#include "core/base/fixed_string.hpp"
#include "core/base/fixed_vector.hpp"
#include "core/base/log.hpp"
#include "core/link/device_session.hpp"
#include "device/hal/clock.hpp"
#include "device/hal/console.hpp"

namespace wasmbed {

/// A console line is `[%6u.%03u] level source: text`, with the uptime in seconds and milliseconds. Lines of the
/// firmware always reach the console (that may block at the UART's speed); lines of apps only when there is room, and
/// then a line says how many were lost.
class DeviceLog final : public LogSink {
  public:
    /// Sources of the firmware's lines, on the console and on the wire.
    static constexpr std::string_view kBoot = "boot";
    static constexpr std::string_view kApps = "apps";

    DeviceLog(hal::Console& console, const hal::Clock& clock) : console_(console), clock_(clock) {}

    /// From now on records go to this session's backlog; the lines said before follow first, with the time they were
    /// said.
    void attach(link::DeviceSession& session);

    /// A line of the firmware; `source` is one of the above.
    void write(LogLevel level, std::string_view source, std::string_view text) override;
    /// Lines of kBoot and kApps.
    void boot(LogLevel level, std::string_view text);
    void boot(LogLevel level, const char* text);
    void apps(LogLevel level, std::string_view text);
    /// A line of an app, any bytes: upstream under its uid, on the console under its name.
    void app_line(LogLevel level, std::string_view uid, std::string_view name, std::string_view text);
    /// A record without console line.
    void event(proto::EventKind kind, std::string_view uid, std::uint32_t index, std::int64_t value,
               std::string_view text = {});

  private:
    /// Lines of the boot until there is a session: banner, store, entropy.
    static constexpr std::size_t kEarlyLinesMax = 4;
    struct EarlyLine {
        Instant at;
        LogLevel level{};
        std::string_view source;
        FixedString<80> text;
    };

    Instant now() const { return {clock_.now_ms()}; }
    std::size_t put_prefix(std::span<char> out, LogLevel level, std::string_view source) const;
    void put_text(std::string_view text, bool blocking);

    hal::Console& console_;
    const hal::Clock& clock_;
    link::DeviceSession* session_ = nullptr;
    FixedVector<EarlyLine, kEarlyLinesMax> early_;
    std::uint32_t lost_lines_ = 0;
};

}  // namespace wasmbed
