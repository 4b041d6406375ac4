#include "device/drivers/cmsdk_uart.hpp"

#include <algorithm>

#include "device/drivers/cortex_m/interrupts.hpp"

namespace wasmbed::drivers {

void CmsdkUartPort::configure(Enable enable) const {
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

CmsdkConsole::CmsdkConsole(const CmsdkUartPort& port) : port_(port) {
    port_.configure({.receive = true, .transmit = true, .interrupts = true});
}

void CmsdkConsole::handle_interrupt() {
    port_.clear_interrupts();
    if (port_.take_overrun()) overruns_ = overruns_ + 1;
    while (port_.has_received()) {
        if (!receive_.push(port_.receive())) overruns_ = overruns_ + 1;
    }
    pump();
}

// Consumer side of the transmit queue: the handler, or others with interrupts locked.
void CmsdkConsole::pump() {
    while (!transmit_.empty() && port_.can_send()) port_.send(transmit_.pop());
}

std::size_t CmsdkConsole::do_write(Bytes data) {
    const std::size_t count = std::min(data.size(), transmit_.room());
    for (const std::uint8_t byte : data.first(count)) transmit_.push(byte);
    const InterruptLock lock;
    pump();
    return count;
}

std::size_t CmsdkConsole::do_read(MutableBytes out) {
    std::size_t count = 0;
    while (count < out.size() && !receive_.empty()) out[count++] = receive_.pop();
    return count;
}

void CmsdkConsole::do_write_blocking(Bytes data) {
    const InterruptLock lock;
    while (!transmit_.empty()) send_blocking(transmit_.pop());
    for (const std::uint8_t byte : data) send_blocking(byte);
}

void CmsdkConsole::send_blocking(std::uint8_t byte) const {
    // A reader that stopped must not keep a crashed board from its reset: a byte at 9,600 baud takes 26,000 cycles.
    constexpr int kSpinsMax = 1'000'000;
    for (int i = 0; i < kSpinsMax && !port_.can_send(); ++i) {
    }
    port_.send(byte);
}

}  // namespace wasmbed::drivers
