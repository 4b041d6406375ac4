// An SPI bus of which this board is the controller.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::hal {

enum class SpiError : std::uint8_t {
    NoDevice,  ///< the bus has no such select line
    TooLong,   ///< more bytes than a transfer may have
    Stuck,     ///< the controller did not take or give a byte in time
};

/// Mode 0 (clock idles low, data taken on its rising edge), 8 bits, most significant first, 1 MHz or slower.
class SpiBus {
  public:
    /// Bytes of a transfer: a call must not take long.
    static constexpr std::size_t kTransferBytesMax = 64;

    /// How many devices it can select, numbered from 0.
    [[nodiscard]] std::size_t selects() const { return do_selects(); }
    /// Selects device `select`, sends `data` and at once fills it with what the device answered, then ends the
    /// selection. Blocks for the transfer, about 8 us per byte. After Stuck `data` holds anything. A device that is not
    /// there cannot be told from one that says nothing.
    [[nodiscard]] Result<void, SpiError> transfer(std::size_t select, MutableBytes data) {
        if (select >= do_selects()) return fail(SpiError::NoDevice);
        if (data.size() > kTransferBytesMax) return fail(SpiError::TooLong);
        return do_transfer(select, data);
    }

  protected:
    ~SpiBus() = default;

  private:
    virtual std::size_t do_selects() const = 0;
    virtual Result<void, SpiError> do_transfer(std::size_t select, MutableBytes data) = 0;
};

}  // namespace wasmbed::hal
