#include "device/drivers/mps2_fpgaio.hpp"

#include "device/drivers/cortex_m/interrupts.hpp"

namespace wasmbed::drivers {

Mps2Clock::Mps2Clock(std::uint32_t base, std::uint32_t clock_hz) : registers_(base) {
    registers_.write(kPrescale, clock_hz / 1'000'000 - 1);
    registers_.write(kCounter, 0);
    last_ = registers_.read(kCounter);
}

std::uint64_t Mps2Clock::do_now_us() const {
    const InterruptLock lock;  // handlers ask too
    const std::uint32_t counter = registers_.read(kCounter);
    elapsed_us_ += counter - last_;
    last_ = counter;
    return elapsed_us_;
}

}  // namespace wasmbed::drivers
