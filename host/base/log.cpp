#include "host/base/log.hpp"

#include <cstdlib>
#include <memory>
#include <optional>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace wasmbed {
namespace {

std::optional<spdlog::level::level_enum> level_of(std::string_view name) {
    if (name == "debug") return spdlog::level::debug;
    if (name == "info") return spdlog::level::info;
    if (name == "warn") return spdlog::level::warn;
    if (name == "error") return spdlog::level::err;
    return {};
}

std::shared_ptr<spdlog::logger> make_logger(std::string_view role, spdlog::level::level_enum level) {
    auto logger =
        std::make_shared<spdlog::logger>(std::string(role), std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-5l %n: %v", spdlog::pattern_time_type::utc);
    logger->set_level(level);
    logger->flush_on(spdlog::level::debug);
    return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
    static auto instance = make_logger("wasmbed", spdlog::level::info);
    return instance;
}

/// logfmt: values with blanks, quotes, '=' or control characters stand in quotes, so that a line stays one line.
void append_value(std::string& line, std::string_view value) {
    bool plain = !value.empty();
    for (unsigned char c : value) plain = plain && c > ' ' && c != '"' && c != '=' && c != 0x7f;
    if (plain) {
        line += value;
        return;
    }
    constexpr char kHex[] = "0123456789abcdef";
    line += '"';
    for (unsigned char c : value) {
        if (c == '"' || c == '\\') {
            line += '\\';
            line += static_cast<char>(c);
        } else if (c == '\n') {
            line += "\\n";
        } else if (c < ' ' || c == 0x7f) {
            line += "\\x";
            line += kHex[c >> 4];
            line += kHex[c & 15];
        } else {
            line += static_cast<char>(c);
        }
    }
    line += '"';
}

}  // namespace

void setup_logging(std::string_view role, std::string_view level) {
    const char* from_environment = std::getenv("WASMBED_LOG");
    std::string wanted(level);
    if (wanted.empty() && from_environment) wanted = from_environment;
    auto parsed = wanted.empty() ? spdlog::level::info : level_of(wanted).value_or(spdlog::level::info);
    logger() = make_logger(role, parsed);
    if (!wanted.empty() && !level_of(wanted)) {
        log_warn("unknown log level, using info", {{"level", wanted}, {"known", "debug info warn error"}});
    }
}

void log(Severity level, std::string_view message, std::initializer_list<LogPair> fields) {
    constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                     spdlog::level::err};
    auto to = kLevels[static_cast<int>(level)];
    auto& out = logger();
    if (!out->should_log(to)) return;
    std::string line(message);
    for (const auto& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        append_value(line, field.value);
    }
    out->log(to, "{}", line);
}

}  // namespace wasmbed
