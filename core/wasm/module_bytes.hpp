// A module's own bytes: in memory, or, where a module is larger than what is free, behind a window that is filled from
// a source as they are needed (WASMBED_WASM_STREAMED).
#pragma once

#include <cstdint>
#include <cstring>

#include "core/base/bytes.hpp"

#if !defined(WASMBED_WASM_STREAMED)
#define WASMBED_WASM_STREAMED 0
#endif

namespace wasmbed::wasm {

#if WASMBED_WASM_STREAMED

/// Where the bytes come from. What is read twice must be the same both times: the engine checks it once.
class ModuleSource {
  public:
    /// Fills `out` with the bytes from `offset` on; false when they cannot be had. May block for as long as the medium
    /// takes.
    [[nodiscard]] bool read(std::uint32_t offset, MutableBytes out) { return do_read(offset, out); }

  protected:
    ~ModuleSource() = default;

  private:
    virtual bool do_read(std::uint32_t offset, MutableBytes out) = 0;
};

/// The part of a module that is in memory at the moment. Shared by all that read the module, so a view is good until
/// the next call of anybody.
class ModuleWindow {
  public:
    /// Room from which names of an import, or of an export, fit in one piece: longer ones are refused.
    static constexpr std::size_t kRoomUsual = 64;

    /// `size`: bytes of the module. `room`: memory of the window, at least 16 bytes.
    ModuleWindow(ModuleSource& source, std::uint32_t size, MutableBytes room)
        : source_(source), size_(size), room_(room) {}

    std::uint32_t size() const { return size_; }
    std::size_t room() const { return room_.size(); }
    /// The `count` bytes at `offset`, which lie inside the module. Null when they are more than the room, or cannot be
    /// read.
    const std::uint8_t* view(std::uint32_t offset, std::uint32_t count);
    /// Past the window. False when they cannot be read.
    [[nodiscard]] bool copy(std::uint32_t offset, MutableBytes out) { return source_.read(offset, out); }

  private:
    ModuleSource& source_;
    std::uint32_t size_;
    MutableBytes room_;
    std::uint32_t start_ = 0;
    std::uint32_t filled_ = 0;
};

class ModuleBytes {
  public:
    ModuleBytes(ModuleWindow& window) : window_(&window) {}  // NOLINT(google-explicit-constructor): as a span is

    std::uint32_t size() const { return window_->size(); }
    ModuleWindow& window() const { return *window_; }

  private:
    ModuleWindow* window_;
};

/// Copies the `out.size()` bytes at `offset`, which lie inside the module. False when they cannot be read.
[[nodiscard]] inline bool copy_bytes(const ModuleBytes& from, std::uint32_t offset, MutableBytes out) {
    return out.empty() || from.window().copy(offset, out);
}

#else

using ModuleBytes = Bytes;

[[nodiscard]] inline bool copy_bytes(const ModuleBytes& from, std::uint32_t offset, MutableBytes out) {
    if (!out.empty()) std::memcpy(out.data(), from.data() + offset, out.size());
    return true;
}

#endif

}  // namespace wasmbed::wasm
