// Wall-clock times as Kubernetes writes them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wasmbed {

using WallClock = std::chrono::system_clock;

/// RFC 3339, UTC, whole seconds: "2026-11-21T06:35:39Z" (metav1.Time).
std::string rfc3339(WallClock::time_point time);

/// RFC 3339, UTC, microseconds: "2026-11-21T06:35:39.123456Z" (metav1.MicroTime).
std::string rfc3339_micro(WallClock::time_point time);

/// The time that an RFC 3339 text names, with any fraction and offset; none when it is malformed.
std::optional<WallClock::time_point> parse_rfc3339(std::string_view text);

/// An age as kubectl prints it: "5s", "3m20s", "2d4h" (apimachinery duration.HumanDuration).
std::string human_duration(std::chrono::seconds age);

/// A random UUID (RFC 9562 version 4), lower case.
std::string random_uuid();

}  // namespace wasmbed
