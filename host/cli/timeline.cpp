#include "host/cli/timeline.hpp"

#include <charconv>

namespace wasmbed::cli {
namespace {

constexpr std::size_t kConsoleLinesKept = 15;
constexpr std::size_t kPrintedMax = 4096;
constexpr std::int64_t kSameLineMs = 20;  // console and link stamp a line one after the other
constexpr int kLedChangesWanted = 2;
constexpr std::size_t kShortDigest = 12;

std::vector<TimelineLine> one(std::string source, std::string text) {
    std::vector<TimelineLine> lines;
    lines.push_back({std::move(source), std::move(text)});
    return lines;
}

std::string seconds_text(std::int64_t ms) {
    std::string rest = std::to_string(ms % 1000);
    rest.insert(0, 3 - rest.size(), '0');
    return std::to_string(ms / 1000) + "." + rest + " s";
}

}  // namespace

std::optional<ConsoleLine> parse_console_line(std::string_view line) {
    if (!line.starts_with('[')) return std::nullopt;
    const std::size_t digits = line.find_first_not_of(' ', 1);
    const std::size_t close = line.find("] ");
    if (digits == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
    std::int64_t seconds = 0;
    std::int64_t ms = 0;
    const auto dot = std::from_chars(line.data() + digits, line.data() + close, seconds);
    if (dot.ec != std::errc() || *dot.ptr != '.') return std::nullopt;
    const auto end = std::from_chars(dot.ptr + 1, line.data() + close, ms);
    if (end.ec != std::errc() || end.ptr != line.data() + close) return std::nullopt;

    const std::string_view rest = line.substr(close + 2);
    const std::size_t space = rest.find(' ');
    const std::size_t colon = space == std::string_view::npos ? space : rest.find(": ", space);
    if (colon == std::string_view::npos) return std::nullopt;
    return ConsoleLine{seconds * 1000 + ms, std::string(rest.substr(0, space)),
                       std::string(rest.substr(space + 1, colon - space - 1)), std::string(rest.substr(colon + 2))};
}

bool Timeline::first_time(std::int64_t uptime_ms, const std::string& text) {
    if (printed_.size() >= kPrintedMax) printed_.clear();
    const auto near = printed_.lower_bound({text, uptime_ms - kSameLineMs});
    if (near != printed_.end() && near->first == text && near->second <= uptime_ms + kSameLineMs) return false;
    printed_.emplace(text, uptime_ms);
    return true;
}

// A device sends what was not acknowledged again; numbers rise within a boot.
bool Timeline::sent_again(const json::value& record) {
    const std::string_view boot_id = json_string(record, {"bootId"});
    const std::int64_t seq = json_int(record, {"seq"});
    if (boot_id.empty() || seq == 0) return false;
    if (boot_id == boot_id_ && seq <= last_seq_) return true;
    boot_id_ = boot_id;
    last_seq_ = seq;
    return false;
}

std::vector<TimelineLine> Timeline::on_emulator_event(const json::value& event) {
    const std::string_view name = json_string(event, {"event"});
    if (name == "started") {
        link_up_ = false;
        printed_.clear();
        const std::string program(json_string(event, {"program"}));
        const std::string what = program.starts_with("qemu") ? "QEMU started: " : "board started: ";
        return one("emulator", what + program + ", process " + std::to_string(json_int(event, {"pid"})));
    }
    if (name == "provisioned") return one("emulator", "factory partition written, with a one-time enrollment token");
    if (name == "exited") return one("emulator", "board ended: " + std::string(json_string(event, {"how"})));
    if (name == "failed") return one("emulator", "board does not run: " + std::string(json_string(event, {"why"})));
    return one("emulator", std::string(name));
}

std::vector<TimelineLine> Timeline::on_console_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (line.empty()) return {};
    last_console_.emplace_back(line);
    if (last_console_.size() > kConsoleLinesKept) last_console_.pop_front();
    const auto parsed = parse_console_line(line);
    if (!parsed) return link_up_ ? std::vector<TimelineLine>{} : one("console", std::string(line));
    if (link_up_ || !first_time(parsed->uptime_ms, parsed->text)) return {};
    const std::string level = parsed->level == "info" ? "" : parsed->level + ": ";
    return one(parsed->source, level + parsed->text);
}

std::vector<TimelineLine> Timeline::on_record(const json::value& record) {
    const std::string_view kind = json_string(record, {"kind"});
    if (sent_again(record)) return {};
    if (kind == "session") return on_session(record);
    if (kind == "report") return on_report(record);
    if (kind == "event") return on_event(record);
    if (kind == "log") {
        const std::string app(json_string(record, {"app"}));
        const std::string text(json_string(record, {"text"}));
        if (app == "blink") blink_logged_ = true;
        if (!first_time(json_int(record, {"uptimeMs"}), text)) return {};
        const std::string level(json_string(record, {"level"}));
        return one(app.empty() ? "device" : app, (level == "info" ? "" : level + ": ") + text);
    }
    if (kind == "fetch") {
        if (!json_bool(record, {"done"})) return {};
        return one("gateway", std::string(json_string(record, {"what"})) + " " +
                                  std::string(json_string(record, {"sha256"}).substr(0, kShortDigest)) + " pulled, " +
                                  std::to_string(json_int(record, {"bytes"})) + " bytes");
    }
    if (kind == "heartbeat") return one("device", "heartbeat, up for " + seconds_text(json_int(record, {"uptimeMs"})));
    if (kind == "dropped")
        return one("device", std::to_string(json_int(record, {"count"})) + " records lost on the way");
    return {};
}

std::vector<TimelineLine> Timeline::on_session(const json::value& record) {
    const std::string state(json_string(record, {"state"}));
    if (state == "connected") link_up_ = session_seen_ = true;
    if (state == "closed") link_up_ = false;
    std::string text = state == "connected" ? "TLS connected" : state;
    const std::string_view cipher = json_string(record, {"cipher"});
    if (!cipher.empty() && state != "closed") text += ", " + std::string(cipher);
    const std::string_view address = json_string(record, {"address"});
    if (!address.empty() && state != "closed") text += ", from " + std::string(address);
    const std::string_view reason = json_string(record, {"reason"});
    if (!reason.empty()) text += ": " + std::string(reason);
    return one("gateway", text);
}

std::vector<TimelineLine> Timeline::on_report(const json::value& record) {
    std::vector<TimelineLine> lines;
    const json::array* apps = json_array(record, {"apps"});
    for (const json::value& app : apps ? *apps : json::array{}) {
        const std::string name(json_string(app, {"name"}));
        std::string state(json_string(app, {"state"}));
        if (name == "hello" && state == "Completed") hello_completed_ = true;
        const std::string_view reason = json_string(app, {"reason"});
        if (!reason.empty()) state += " (" + std::string(reason) + ")";
        if (std::exchange(app_states_[name], state) != state)
            lines.push_back({"device", "reports " + name + ": " + state});
    }
    return lines;
}

std::vector<TimelineLine> Timeline::on_event(const json::value& record) {
    const std::string_view name = json_string(record, {"event"});
    const std::string app(json_string(record, {"app"}));
    const std::string text(json_string(record, {"text"}));
    if (name == "led") {
        if (app == "blink") ++blink_led_changes_;
        const bool on = json_int(record, {"value"}) != 0;
        return one(app.empty() ? "device" : app,
                   "LED " + std::to_string(json_int(record, {"index"})) + (on ? " on" : " off"));
    }
    return one(app.empty() ? "device" : app, std::string(name) + (text.empty() ? "" : ": " + text));
}

std::vector<std::string> Timeline::missing() const {
    std::vector<std::string> missing;
    if (!apps_expected_) {
        if (!session_seen_) missing.emplace_back("a session of the device");
        return missing;
    }
    if (!hello_completed_) missing.emplace_back("the device's report that `hello` completed");
    if (!led_expected_) return missing;
    if (blink_led_changes_ < kLedChangesWanted)
        missing.push_back("LED changes by `blink` (seen " + std::to_string(blink_led_changes_) + " of " +
                          std::to_string(kLedChangesWanted) + ")");
    if (!blink_logged_) missing.emplace_back("a log line of `blink`");
    return missing;
}

}  // namespace wasmbed::cli
