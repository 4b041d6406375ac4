// The LEDs of a board, numbered from 0 as its device tree lists them.
#pragma once

#include <cstddef>

namespace wasmbed::hal {

class LedBank {
  public:
    /// How many LEDs there are.
    [[nodiscard]] std::size_t count() const { return do_count(); }
    /// Switches LED `index`; false, and nothing changes, when `index >= count()`. Never blocks.
    [[nodiscard]] bool set(std::size_t index, bool on) { return index < do_count() && (do_set(index, on), true); }
    /// The state of LED `index` as the hardware shows it; false when `index >= count()`.
    [[nodiscard]] bool get(std::size_t index) const { return index < do_count() && do_get(index); }

  protected:
    ~LedBank() = default;

  private:
    virtual std::size_t do_count() const = 0;
    virtual void do_set(std::size_t index, bool on) = 0;
    virtual bool do_get(std::size_t index) const = 0;
};

}  // namespace wasmbed::hal
