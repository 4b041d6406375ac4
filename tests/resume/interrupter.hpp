// Interrupts a running program at moments that have nothing to do with it: a thread on the host, the SysTick interrupt
// on a board.
#pragma once

#include <cstddef>

#include "core/wasm/interruptible.hpp"

namespace wasmbed::resume {

/// Places where a program stopped that are looked up at most, each by a walk over the module, and where it is moved to
/// another instance, each with three checksums of its memory: all on the host, few on a board, which takes long.
extern const std::size_t kPlacesMax;
extern const std::size_t kMovesMax;

class Interrupter {
  public:
    explicit Interrupter(wasm::Interruptible& run);
    Interrupter(const Interrupter&) = delete;
    Interrupter& operator=(const Interrupter&) = delete;
    ~Interrupter();

  private:
    struct Worker;
    Worker* worker_;
};

}  // namespace wasmbed::resume
