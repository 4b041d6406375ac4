// The memory that apps live in: one block per app, never moved.
#pragma once

#include <array>
#include <cstddef>

#include "core/base/bytes.hpp"
#include "device/runtime/apps/app.hpp"

namespace wasmbed::apps {

/// Blocks are named by the app's index. All sizes are multiples of kAlignment.
class AppArena {
  public:
    static constexpr std::size_t kAlignment = 16;

    explicit AppArena(MutableBytes memory);

    /// The largest free piece, not yet taken.
    MutableBytes largest_gap() const;
    /// Gives the app a block at the start of a gap; an earlier block must have been freed. False when `bytes` is more
    /// than the gap has.
    bool take(std::size_t app, MutableBytes gap, std::size_t bytes);
    MutableBytes block(std::size_t app) const { return blocks_[app]; }
    void free(std::size_t app) { blocks_[app] = {}; }

    std::size_t size() const { return memory_.size(); }
    /// Bytes of all blocks.
    std::size_t used() const;

  private:
    MutableBytes memory_;
    std::array<MutableBytes, kAppsMax> blocks_{};
};

constexpr std::size_t align_up(std::size_t bytes) {
    return (bytes + AppArena::kAlignment - 1) / AppArena::kAlignment * AppArena::kAlignment;
}

}  // namespace wasmbed::apps
