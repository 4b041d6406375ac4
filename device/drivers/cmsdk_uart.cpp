#include "device/drivers/cmsdk_uart.hpp"

namespace wasmbed::drivers {

void CmsdkUartPort::configure(UartEnable enable) const {
    constexpr std::uint32_t kTransmitEnable = 1U << 0;
    constexpr std::uint32_t kReceiveEnable = 1U << 1;
    constexpr std::uint32_t kTransmitInterrupt = 1U << 2;
    constexpr std::uint32_t kReceiveInterrupt = 1U << 3;
    std::uint32_t control = 0;
    if (enable.transmit) control |= kTransmitEnable | (enable.interrupts ? kTransmitInterrupt : 0);
    if (enable.receive) control |= kReceiveEnable | (enable.interrupts ? kReceiveInterrupt : 0);
    registers_.write(kBaudDivider, divider_);
    registers_.write(kControl, control);
}

bool CmsdkUartPort::take_overrun() const {
    if ((registers_.read(kState) & kReceiveOverrun) == 0) return false;
    registers_.write(kState, kReceiveOverrun);
    return true;
}

}  // namespace wasmbed::drivers
