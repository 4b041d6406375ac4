#include "device/drivers/uart_entropy.hpp"

namespace wasmbed::drivers {

Result<void, hal::EntropyError> UartEntropy::do_fill(MutableBytes out) {
    if (port_.has_received()) static_cast<void>(port_.receive());  // came after the last request
    port_.configure({.receive = true, .interrupts = true});
    const auto result = receive_all(out);
    port_.configure({});
    return result;
}

Result<void, hal::EntropyError> UartEntropy::receive_all(MutableBytes out) {
    constexpr std::uint64_t kTimeoutUs = 100'000;
    const std::uint64_t deadline = clock_.now_us() + kTimeoutUs;
    for (std::uint8_t& byte : out) {
        while (!port_.has_received()) {
            if (clock_.now_us() >= deadline) return fail(hal::EntropyError::NoData);
            idle_.wait_until(deadline);  // spinning would slow an emulator's host, which has to bring the byte
        }
        byte = port_.receive();
        if (!health_.accept(byte)) return fail(hal::EntropyError::Unhealthy);
    }
    return {};
}

}  // namespace wasmbed::drivers
