// hal::Entropy from a UART whose other end sends random bytes: a TRNG chip, or an emulator's host.
#pragma once

#include "device/drivers/cmsdk_uart.hpp"
#include "device/drivers/entropy_health.hpp"
#include "device/hal/clock.hpp"
#include "device/hal/entropy.hpp"
#include "device/hal/idle.hpp"

namespace wasmbed::drivers {

/// The receiver is on only while bytes are wanted, so none is older than the request for it.
class UartEntropy final : public hal::Entropy {
  public:
    UartEntropy(const CmsdkUartPort& port, const hal::Clock& clock, hal::Idle& idle)
        : port_(port), clock_(clock), idle_(idle) {}
    /// Belongs into the receive handler.
    void handle_interrupt() const { port_.clear_interrupts(); }

  private:
    Result<void, hal::EntropyError> do_fill(MutableBytes out) override;
    Result<void, hal::EntropyError> receive_all(MutableBytes out);

    CmsdkUartPort port_;
    const hal::Clock& clock_;
    hal::Idle& idle_;
    EntropyHealth health_;
};

}  // namespace wasmbed::drivers
