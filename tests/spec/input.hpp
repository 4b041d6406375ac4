// A module as this build of the engine reads it.
#pragma once

#include <algorithm>
#include <array>

#include "core/wasm/engine.hpp"

namespace wasmbed::spec {

#if WASMBED_WASM_STREAMED
/// The module as a device reads it that has no room for all of it. The suite has names of some hundred bytes.
class Input final : private wasm::ModuleSource {
  public:
    explicit Input(Bytes wasm) : wasm_(wasm) {}
    operator wasm::ModuleBytes() { return window_; }

  private:
    bool do_read(std::uint32_t offset, MutableBytes out) override {
        std::ranges::copy(wasm_.subspan(offset, out.size()), out.begin());
        return true;
    }
    Bytes wasm_;
    std::array<std::uint8_t, 512> room_{};
    wasm::ModuleWindow window_{*this, static_cast<std::uint32_t>(wasm_.size()), room_};
};
#else
using Input = Bytes;
#endif

}  // namespace wasmbed::spec
