// Monotonic time in milliseconds. std::chrono is not used: libstdc++'s header pulls iostreams into a firmware build.
#pragma once

#include <compare>
#include <cstdint>

namespace wasmbed {

/// A span of time, milliseconds.
struct Duration {
    std::uint64_t ms = 0;

    static constexpr Duration seconds(std::uint64_t s) { return {s * 1000}; }
};

// By value: defaulted members take references, and a 64-bit number in memory costs firmware more than the comparison.
constexpr bool operator==(Duration a, Duration b) {
    return a.ms == b.ms;
}
constexpr auto operator<=>(Duration a, Duration b) {
    return a.ms <=> b.ms;
}

/// A point on a monotonic clock, milliseconds. On a device the origin is boot, so `ms` is also the uptime;
/// on the host it is arbitrary. Never compared between machines.
struct Instant {
    std::uint64_t ms = 0;
};

constexpr bool operator==(Instant a, Instant b) {
    return a.ms == b.ms;
}
constexpr auto operator<=>(Instant a, Instant b) {
    return a.ms <=> b.ms;
}

/// A deadline that never comes; adding to it keeps it.
inline constexpr Instant kNever{UINT64_MAX};

/// Saturates at kNever.
constexpr Instant operator+(Instant at, Duration by) {
    Instant sum;
    return __builtin_add_overflow(at.ms, by.ms, &sum.ms) ? kNever : sum;
}

/// Time from `earlier` to `later`; zero when they are the wrong way round.
constexpr Duration operator-(Instant later, Instant earlier) {
    return later.ms > earlier.ms ? Duration{later.ms - earlier.ms} : Duration{};
}

/// The sooner of two deadlines.
constexpr Instant sooner(Instant a, Instant b) {
    return a < b ? a : b;
}

}  // namespace wasmbed
