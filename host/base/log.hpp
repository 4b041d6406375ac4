// Structured logging: a constant message plus key/values, one line each, on standard error.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace wasmbed {

enum class Severity { debug, info, warn, error };

/// One key/value of a log line. Never put a secret in one.
struct LogPair {
    std::string_view key;
    std::string value;

    LogPair(std::string_view k, std::string_view v) : key(k), value(v) {}
    LogPair(std::string_view k, const std::string& v) : key(k), value(v) {}
    LogPair(std::string_view k, const char* v) : key(k), value(v) {}
    LogPair(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
    template <std::integral T>
    LogPair(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
    template <std::floating_point T>
    LogPair(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
};

/// Call once at start. `role` stands in each line. Level: `level` if given ("debug", "info", "warn", "error"), else the
/// environment's WASMBED_LOG, else info. An unknown name means info and is logged as a warning.
void setup_logging(std::string_view role, std::string_view level = {});

/// Writes one line. Thread-safe. error: an operator must act; warn: a peer misbehaved; info: life cycle; debug: per
/// request.
void log(Severity level, std::string_view message, std::initializer_list<LogPair> fields = {});

inline void log_debug(std::string_view message, std::initializer_list<LogPair> fields = {}) {
    log(Severity::debug, message, fields);
}
inline void log_info(std::string_view message, std::initializer_list<LogPair> fields = {}) {
    log(Severity::info, message, fields);
}
inline void log_warn(std::string_view message, std::initializer_list<LogPair> fields = {}) {
    log(Severity::warn, message, fields);
}
inline void log_error(std::string_view message, std::initializer_list<LogPair> fields = {}) {
    log(Severity::error, message, fields);
}

}  // namespace wasmbed
