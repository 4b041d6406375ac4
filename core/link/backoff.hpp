// When to try again.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"

namespace wasmbed::link {

/// Exponential backoff with jitter: the n-th delay is drawn evenly from the upper half of min * 2^n, so that a fleet
/// that lost its gateway at one moment does not come back at one moment. Randomness is the caller's.
class Backoff {
  public:
    /// `min` and `max` in (0, 2^31 ms].
    constexpr Backoff(Duration min, Duration max) : min_(min), max_(max), ceiling_(min) {}

    /// The delay before the next attempt, in [ceiling / 2, ceiling]; the ceiling doubles up to `max`.
    constexpr Duration next(std::uint32_t random) {
        const std::uint64_t half = ceiling_.ms / 2;
        const Duration delay{ceiling_.ms - half + (half * random >> 32)};
        ceiling_.ms = ceiling_.ms * 2 < max_.ms ? ceiling_.ms * 2 : max_.ms;
        return delay;
    }

    /// After a success: the next delay is short again.
    constexpr void reset() { ceiling_ = min_; }

  private:
    Duration min_;
    Duration max_;
    Duration ceiling_;
};

}  // namespace wasmbed::link
