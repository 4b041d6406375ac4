// How much an app may log, and how many events it may cause, so that one that floods leaves room in the shared backlog
// for all others.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/time.hpp"

namespace wasmbed::apps {

/// A bucket of bytes. What does not fit is dropped and counted; the next record that fits says how many were.
class RecordLimit {
  public:
    /// Bytes an app may cause at once: a fraction of the backlog that all apps share.
    static constexpr std::uint32_t kBurstBytes = 2048;
    /// Bytes per second in the long run: about ten lines.
    static constexpr std::uint32_t kBytesPerSecond = 1024;
    /// What a record costs besides its text: its frame's header.
    static constexpr std::uint32_t kRecordBytes = 48;

    /// Whether a record of `text_bytes` may be made now; it is counted as dropped when not. A full bucket takes any.
    bool take(Instant now, std::size_t text_bytes) {
        const auto cost = static_cast<std::uint32_t>(std::min<std::size_t>(text_bytes + kRecordBytes, kBurstBytes));
        if (room(now) < cost) {
            drop();
            return false;
        }
        left_ -= cost;
        return true;
    }

    /// Bytes left at this time.
    std::uint32_t room(Instant now) {
        const std::uint64_t earned = std::min<std::uint64_t>((now - at_).ms, 10'000) * kBytesPerSecond / 1000;
        if (earned > 0) {
            left_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(left_ + earned, kBurstBytes));
            at_ = now;
        }
        return left_;
    }

    /// Counts a record that is not made for another reason.
    void drop() { ++dropped_; }

    /// Records dropped since the last call.
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
