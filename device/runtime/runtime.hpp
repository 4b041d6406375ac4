// The device's program apart from the board: link, apps, storage, log. A superloop of small state machines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "device/hal/board.hpp"

namespace wasmbed {

/// Memory that the composition root gives to the runtime for good.
struct RuntimeMemory {
    /// Modules, translated code, linear memories and frames of the apps, and the translator's work space. Any
    /// alignment; at least Runtime::kAppsArenaBytesMin. Its size is what the device reports as RAM for apps.
    std::span<std::byte> apps_arena;
    /// The only memory of the cryptography library: crypto::kArenaBytes or more.
    std::span<std::byte> crypto_arena;
};

/// What the image says about itself; borrowed for good.
struct RuntimeOptions {
    std::string_view firmware_version;  ///< 1..32 characters
};

/// One per process. Everything happens in `poll`; not for interrupt handlers.
class Runtime {
  public:
    static constexpr std::size_t kAppsArenaBytesMin = 64 * 1024;

    /// Touches no hardware yet. All that is referred to must outlive the runtime.
    Runtime(const hal::Board& board, const RuntimeMemory& memory, const RuntimeOptions& options);

    /// One turn of the superloop: the first turns boot (banner, store, entropy, identity, stored apps), every later one
    /// moves each state machine on by a bounded step. Returns the `Clock` time in microseconds until which the caller
    /// may idle:
    ///     for (;;) board.idle.wait_until(runtime.poll());
    /// A turn takes a fuel slice per app; one signature operation (up to 90 million instructions) is the longest it
    /// takes.
    [[nodiscard]] std::uint64_t poll();
};

}  // namespace wasmbed
