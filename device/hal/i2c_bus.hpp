// An I2C bus of which this board is the only controller.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::hal {

enum class I2cError : std::uint8_t {
    BadAddress,  ///< not a 7-bit address that a device may have (0x08..0x77; I2C specification UM10204, section 3.1.12)
    NoDevice,    ///< nobody acknowledged the address
    NotTaken,    ///< the device refused a byte
    Stuck,       ///< a line is held low: no transfer is possible
};
[[nodiscard]] inline const char* text_of(I2cError error) {
    switch (error) {
        case I2cError::BadAddress:
            return "not an I2C address";
        case I2cError::NoDevice:
            return "no device answers at this I2C address";
        case I2cError::NotTaken:
            return "the I2C device refused a byte";
        case I2cError::Stuck:
            break;
    }
    return "the I2C bus is held low";
}

class I2cBus {
  public:
    /// Bytes of a transfer, both directions together: a call must not take long.
    static constexpr std::size_t kTransferBytesMax = 64;

    /// Writes `out` to the device at the 7-bit `address`, then, after a repeated start, reads `in`. Either may be
    /// empty; both empty asks only whether the device is there. Blocks for the transfer: about 0.1 ms per byte at
    /// 100 kHz. On an error `in` holds anything. Longer than kTransferBytesMax: NotTaken, nothing is sent.
    [[nodiscard]] Result<void, I2cError> transfer(std::uint8_t address, Bytes out, MutableBytes in) {
        if (address < 0x08 || address > 0x77) return fail(I2cError::BadAddress);
        if (out.size() + in.size() > kTransferBytesMax) return fail(I2cError::NotTaken);
        return do_transfer(address, out, in);
    }

  protected:
    ~I2cBus() = default;

  private:
    virtual Result<void, I2cError> do_transfer(std::uint8_t address, Bytes out, MutableBytes in) = 0;
};

}  // namespace wasmbed::hal
