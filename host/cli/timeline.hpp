// What a board does, as a person reads it: lines out of emulator events, the console, and the gateway's records.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::cli {

/// One line to print: who says it, and what.
struct TimelineLine {
    std::string source;
    std::string text;
    bool operator==(const TimelineLine&) const = default;
};

/// A line of the firmware's console: "[     1.234] info boot: entropy ready".
struct ConsoleLine {
    std::int64_t uptime_ms = 0;
    std::string level;
    std::string source;
    std::string text;
};
std::optional<ConsoleLine> parse_console_line(std::string_view line);

/// Knows nothing but what it was fed, and prints nothing twice: what a device said on its console before the link was
/// up comes again over the link, with nearly the same uptime.
class Timeline {
  public:
    /// Each takes one input and gives the lines to print, usually one or none.
    std::vector<TimelineLine> on_emulator_event(const json::value& event);
    std::vector<TimelineLine> on_console_line(std::string_view line);
    std::vector<TimelineLine> on_record(const json::value& record);

    /// The board has no LED, so none is waited for.
    void expect_no_led() { led_expected_ = false; }
    /// Its firmware runs no apps, so only a session is waited for.
    void expect_no_apps() { apps_expected_ = false; }

    /// What `--once` waits for and has not been seen yet, in words; empty: all was seen.
    std::vector<std::string> missing() const;

    /// The last lines of the console, oldest first, at most 15.
    const std::deque<std::string>& last_console_lines() const { return last_console_; }

  private:
    std::vector<TimelineLine> on_report(const json::value& record);
    std::vector<TimelineLine> on_session(const json::value& record);
    std::vector<TimelineLine> on_event(const json::value& record);
    bool first_time(std::int64_t uptime_ms, const std::string& text);

    bool sent_again(const json::value& record);

    bool led_expected_ = true;
    bool apps_expected_ = true;
    bool session_seen_ = false;
    std::string boot_id_;
    std::int64_t last_seq_ = 0;
    std::deque<std::string> last_console_;
    std::set<std::pair<std::string, std::int64_t>> printed_;  // text and uptime, this boot's, at most kPrintedMax
    std::map<std::string, std::string> app_states_;
    bool link_up_ = false;
    bool hello_completed_ = false;
    bool blink_logged_ = false;
    int blink_led_changes_ = 0;
};

}  // namespace wasmbed::cli
