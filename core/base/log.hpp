// Leveled logging: a constant message with key/value fields, formatted on the caller's stack and handed to a sink.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "core/base/bytes.hpp"

namespace wasmbed {

/// Numbers as on the wire (wire.cddl `level`). error: an operator must act; warn: a peer misbehaved; info: life cycle;
/// debug: per request.
enum class LogLevel : std::uint8_t { error = 0, warn = 1, info = 2, debug = 3 };

/// "error", "warn", "info", "debug".
std::string_view log_level_name(LogLevel level);

/// One key and value of a log line. Text and bytes are borrowed for the call.
class LogField {
  public:
    template <std::unsigned_integral T>
    constexpr LogField(std::string_view key, T value) : key_(key), kind_(Kind::unsigned_int), number_(value) {}
    template <std::signed_integral T>
    constexpr LogField(std::string_view key, T value)
        : key_(key), kind_(Kind::signed_int), number_(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))) {}
    constexpr LogField(std::string_view key, std::string_view value) : key_(key), kind_(Kind::text), text_(value) {}
    constexpr LogField(std::string_view key, const char* value) : LogField(key, std::string_view(value)) {}
    /// Shown as hex digits.
    LogField(std::string_view key, Bytes value) : key_(key), kind_(Kind::hex), text_(text_of(value)) {}

  private:
    friend class Log;
    enum class Kind : std::uint8_t { unsigned_int, signed_int, text, hex };

    std::string_view key_;
    Kind kind_;
    std::uint64_t number_ = 0;
    std::string_view text_;
};

/// Where log lines go: the UART, the link, stderr. Must not log itself.
class LogSink {
  public:
    virtual ~LogSink() = default;
    /// `source` is an Application uid, or empty for the firmware. `text` is borrowed for the call; it may be of any
    /// bytes when it comes from an app. Must not block for longer than the device can afford in its main loop.
    virtual void write(LogLevel level, std::string_view source, std::string_view text) = 0;
};

/// What code logs through: a sink and the most detailed level that is let through.
/// `log.warn("frame over the limit", {{"bytes", n}, {"limit", limit}})` gives "frame over the limit bytes=70000
/// limit=65536".
class Log {
  public:
    /// Longest line, bytes; what exceeds it is cut.
    static constexpr std::size_t kLineBytes = 192;

    explicit Log(LogSink& sink, LogLevel most_detailed = LogLevel::info) : sink_(sink), most_detailed_(most_detailed) {}

    using Fields = std::initializer_list<LogField>;
    void error(std::string_view message, const Fields& fields = {}) { line(LogLevel::error, message, fields); }
    void warn(std::string_view message, const Fields& fields = {}) { line(LogLevel::warn, message, fields); }
    void info(std::string_view message, const Fields& fields = {}) { line(LogLevel::info, message, fields); }
    void debug(std::string_view message, const Fields& fields = {}) { line(LogLevel::debug, message, fields); }

    void line(LogLevel level, std::string_view message, const Fields& fields);

  private:
    LogSink& sink_;
    LogLevel most_detailed_;
};

}  // namespace wasmbed
