#include "host/base/time.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <openssl/rand.h>
#include <stdexcept>

namespace wasmbed {
namespace {

using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::seconds;

std::string date_and_time(WallClock::time_point time) {
    auto day = floor<std::chrono::days>(time);
    std::chrono::year_month_day date(day);
    std::chrono::hh_mm_ss clock(floor<seconds>(time - day));
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), int(clock.hours().count()), int(clock.minutes().count()),
                  int(clock.seconds().count()));
    return text;
}

/// Reads exactly `digits` digits at `text`, and removes them from it.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return {};
    int value = 0;
    for (char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return {};
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char a, char b) {
    if (text.empty() || (text[0] != a && text[0] != b)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<microseconds> take_fraction(std::string_view& text) {
    if (!take(text, '.', '.')) return microseconds(0);
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
        if (digits < 6) value = value * 10 + (text[0] - '0');
    }
    if (digits == 0) return {};
    for (; digits < 6; ++digits) value *= 10;
    return microseconds(value);
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take(text, 'Z', 'z')) return std::chrono::minutes(0);
    bool west = !text.empty() && text[0] == '-';
    if (!take(text, '+', '-')) return {};
    auto hours = take_number(text, 2);
    if (!hours || !take(text, ':', ':')) return {};
    auto minutes = take_number(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return {};
    auto offset = std::chrono::minutes(*hours * 60 + *minutes);
    return west ? -offset : offset;
}

}  // namespace

std::string rfc3339(WallClock::time_point time) {
    return date_and_time(time) + "Z";
}

std::string rfc3339_micro(WallClock::time_point time) {
    auto fraction = floor<microseconds>(time) - floor<seconds>(time);
    char text[16];
    std::snprintf(text, sizeof text, ".%06dZ", int(fraction.count()));
    return date_and_time(time) + text;
}

std::optional<WallClock::time_point> parse_rfc3339(std::string_view text) {
    auto year = take_number(text, 4);
    if (!year || !take(text, '-', '-')) return {};
    auto month = take_number(text, 2);
    if (!month || !take(text, '-', '-')) return {};
    auto day = take_number(text, 2);
    if (!day || !take(text, 'T', 't')) return {};
    auto hour = take_number(text, 2);
    if (!hour || !take(text, ':', ':')) return {};
    auto minute = take_number(text, 2);
    if (!minute || !take(text, ':', ':')) return {};
    auto second = take_number(text, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return {};
    auto fraction = take_fraction(text);
    if (!fraction) return {};
    auto offset = take_offset(text);
    if (!offset || !text.empty()) return {};
    std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(unsigned(*month)),
                                     std::chrono::day(unsigned(*day))};
    if (!date.ok()) return {};
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second) +
           *fraction - *offset;
}

std::string human_duration(std::chrono::seconds age) {
    // The steps of k8s.io/apimachinery/pkg/util/duration.HumanDuration.
    auto s = age.count();
    if (s < -1) return "<invalid>";
    if (s < 0) return "0s";
    auto pair = [](std::int64_t whole, char unit, std::int64_t rest, char rest_unit) {
        std::string text = std::to_string(whole) + unit;
        if (rest != 0) text += std::to_string(rest) + rest_unit;
        return text;
    };
    if (s < 60 * 2) return std::to_string(s) + "s";
    auto minutes = s / 60;
    if (minutes < 10) return pair(minutes, 'm', s % 60, 's');
    if (minutes < 60 * 3) return std::to_string(minutes) + "m";
    auto hours = minutes / 60;
    if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
    if (hours < 48) return std::to_string(hours) + "h";
    auto days = hours / 24;
    if (hours < 24 * 8) return pair(days, 'd', hours % 24, 'h');
    if (days < 365 * 2) return std::to_string(days) + "d";
    if (days < 365 * 8) return pair(days / 365, 'y', days % 365, 'd');
    return std::to_string(days / 365) + "y";
}

std::string random_uuid() {
    std::array<std::uint8_t, 16> bytes;
    if (RAND_bytes(bytes.data(), int(bytes.size())) != 1) throw std::runtime_error("no randomness for a UUID");
    bytes[6] = std::uint8_t((bytes[6] & 0x0f) | 0x40);
    bytes[8] = std::uint8_t((bytes[8] & 0x3f) | 0x80);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        constexpr char kHex[] = "0123456789abcdef";
        text += kHex[bytes[i] >> 4];
        text += kHex[bytes[i] & 15];
    }
    return text;
}

}  // namespace wasmbed
