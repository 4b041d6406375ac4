// Slices that a thread or an interrupt handler can end early. It is made of `run` in small portions: the cores need not
// look, and firmware without it pays nothing.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/wasm/instance.hpp"

namespace wasmbed::wasm {

class Interruptible {
  public:
    /// An interruption is noticed within so many units of fuel.
    static constexpr std::int32_t kPortion = 4096;

    /// The instance stays the caller's.
    explicit Interruptible(Instance& instance) : instance_(instance) {}

    /// As Instance::run. After an interruption it returns OutOfFuel with the rest of the slice in fuel_left().
    Outcome run(std::int32_t fuel);
    /// Units left of the last slice; negative is a debt the next slice pays.
    std::int32_t fuel_left() const { return left_; }

    /// Ends the slice that is running, or else the next one. From any thread or interrupt handler.
    void interrupt() { interrupted_.store(true, std::memory_order_relaxed); }

  private:
    Instance& instance_;
    std::int32_t left_ = 0;
    std::atomic<bool> interrupted_{false};
};

inline Outcome Interruptible::run(std::int32_t fuel) {
    for (;;) {
        const std::int32_t portion = fuel < kPortion ? fuel : kPortion;
        fuel -= portion;
        const Outcome outcome = instance_.run(portion);
        const std::int32_t of_portion = instance_.fuel_left();
        // A debt stays with the instance, which pays it from its next portion.
        left_ = of_portion < 0 && fuel > 0 && instance_.busy() ? fuel : of_portion + fuel;
        const bool interrupted = interrupted_.load(std::memory_order_relaxed);
        if (fuel > 0 && !interrupted && std::holds_alternative<OutOfFuel>(outcome)) continue;
        interrupted_.store(false, std::memory_order_relaxed);
        return outcome;
    }
}

}  // namespace wasmbed::wasm
