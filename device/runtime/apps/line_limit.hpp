// How much an app may log, so that one that floods leaves room in the shared backlog for all others.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/time.hpp"

namespace wasmbed::apps {

/// A bucket of bytes. What does not fit is dropped and counted; the next line that fits says how many were.
class LineLimit {
  public:
    /// Bytes an app may log at once: a fraction of the backlog that all apps share.
    static constexpr std::uint32_t kBurstBytes = 2048;
    /// Bytes per second in the long run: about ten lines.
    static constexpr std::uint32_t kBytesPerSecond = 1024;
    /// What a line costs besides its text: its frame's header.
    static constexpr std::uint32_t kLineBytes = 48;

    /// Whether a line of `text_bytes` may be said now. A full bucket takes any line.
    bool take(Instant now, std::size_t text_bytes) {
        const std::uint64_t earned = std::min<std::uint64_t>((now - at_).ms, 10'000) * kBytesPerSecond / 1000;
        if (earned > 0) {
            left_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(left_ + earned, kBurstBytes));
            at_ = now;
        }
        const auto cost = static_cast<std::uint32_t>(std::min<std::size_t>(text_bytes + kLineBytes, kBurstBytes));
        if (cost > left_) {
            ++dropped_;
            return false;
        }
        left_ -= cost;
        return true;
    }

    /// Lines dropped since the last call.
    std::uint32_t take_dropped() {
        const std::uint32_t count = dropped_;
        dropped_ = 0;
        return count;
    }

  private:
    std::uint32_t left_ = kBurstBytes;
    Instant at_{0};
    std::uint32_t dropped_ = 0;
};

}  // namespace wasmbed::apps
