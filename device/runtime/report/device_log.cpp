#include "device/runtime/report/device_log.hpp"

#include "core/base/text_writer.hpp"

namespace wasmbed {
namespace {

constexpr std::size_t kPrefixBytesMax = 96;
constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

void DeviceLog::attach(link::DeviceSession& session) {
    session_ = &session;
    for (const EarlyLine& line : early_) session.log(line.at, line.level, line.source, bytes_of(line.text.view()));
    early_.clear();
}

std::size_t DeviceLog::put_prefix(std::span<char> out, LogLevel level, std::string_view source) const {
    TextWriter line{out};
    line.uptime(clock_.now_ms()).text(log_level_name(level)).text(" ").text(source).text(": ");
    return line.view().size();
}

/// Control characters become spaces: a line of an app must not move the cursor of the person who reads it.
void DeviceLog::put_text(std::string_view text, bool blocking) {
    std::uint8_t part[64];
    while (!text.empty()) {
        const std::size_t count = text.size() < sizeof part ? text.size() : sizeof part;
        for (std::size_t i = 0; i < count; ++i) {
            const auto byte = static_cast<std::uint8_t>(text[i]);
            part[i] = byte < 0x20 || byte == 0x7F ? ' ' : byte;
        }
        if (blocking) {
            console_.write_blocking({part, count});
        } else {
            (void)console_.write({part, count});  // the caller made sure of the room
        }
        text.remove_prefix(count);
    }
}

void DeviceLog::write(LogLevel level, std::string_view source, std::string_view text) {
    char prefix[kPrefixBytesMax];
    const std::size_t size = put_prefix(prefix, level, source);
    const bool blocking = console_.writable() < size + text.size() + kLineEnd.size();
    put_text({prefix, size}, blocking);
    put_text(text, blocking);
    if (blocking) {
        console_.write_blocking(bytes_of(kLineEnd));
    } else {
        (void)console_.write(bytes_of(kLineEnd));
    }
    if (session_ != nullptr) {
        (void)session_->log(now(), level, source, bytes_of(text));
    } else {
        (void)early_.push_back({now(), level, source, text});
    }
}

void DeviceLog::boot(LogLevel level, std::string_view text) {
    write(level, kBoot, text);
}

void DeviceLog::boot(LogLevel level, const char* text) {
    write(level, kBoot, text);
}

void DeviceLog::apps(LogLevel level, std::string_view text) {
    write(level, kApps, text);
}

void DeviceLog::app_line(LogLevel level, std::string_view uid, std::string_view name, std::string_view text) {
    if (session_ != nullptr) (void)session_->log(now(), level, uid, bytes_of(text));

    char prefix[kPrefixBytesMax];
    const std::size_t size = put_prefix(prefix, level, name);
    char note[48];
    TextWriter lost{note};
    if (lost_lines_ > 0) lost.text("(").decimal(lost_lines_).text(" lines lost)\r\n");
    if (console_.writable() < lost.view().size() + size + text.size() + kLineEnd.size()) {
        ++lost_lines_;
        return;
    }
    lost_lines_ = 0;
    (void)console_.write(bytes_of(lost.view()));
    put_text({prefix, size}, false);
    put_text(text, false);
    (void)console_.write(bytes_of(kLineEnd));
}

void DeviceLog::event(proto::EventKind kind, std::string_view uid, std::uint32_t index, std::int64_t value,
                      std::string_view text) {
    if (session_ != nullptr) (void)session_->event(now(), kind, uid, index, value, text);
}

}  // namespace wasmbed
