// Pins that apps may use as digital inputs and outputs, numbered as the board's device tree lists them.
#pragma once

#include <cstddef>

namespace wasmbed::hal {

/// Each pin is an input until `set` makes it an output. No call blocks.
class GpioBank {
  public:
    /// How many pins there are.
    [[nodiscard]] std::size_t count() const { return do_count(); }
    /// Makes pin `index` an output that drives `high`; false, and nothing changes, when `index >= count()`.
    [[nodiscard]] bool set(std::size_t index, bool high) { return index < do_count() && (do_set(index, high), true); }
    /// Makes pin `index` an input (high impedance); false when there is no such pin.
    [[nodiscard]] bool release(std::size_t index) { return index < do_count() && (do_release(index), true); }
    /// Level at the pin, be it driven by the board or from outside; false when there is no such pin.
    [[nodiscard]] bool get(std::size_t index) const { return index < do_count() && do_get(index); }

  protected:
    ~GpioBank() = default;

  private:
    virtual std::size_t do_count() const = 0;
    virtual void do_set(std::size_t index, bool high) = 0;
    virtual void do_release(std::size_t index) = 0;
    virtual bool do_get(std::size_t index) const = 0;
};

}  // namespace wasmbed::hal
