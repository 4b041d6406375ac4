// Interrupts a running program at moments that have nothing to do with it: a thread on the host, the SysTick interrupt
// on a board.
#pragma once

#include "core/wasm/interruptible.hpp"

namespace wasmbed::resume {

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
