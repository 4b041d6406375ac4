#include "device/drivers/cortex_m/wfi_idle.hpp"

#include "device/drivers/cortex_m/interrupts.hpp"

namespace wasmbed::drivers {

void WfiIdle::do_wait_until(std::uint64_t deadline_us) {
    // With interrupts locked, one that comes after the check is still pending at WFI, which then does not sleep.
    const InterruptLock lock;
    const std::uint64_t now = clock_.now_us();
    if (!interrupted_ && now < deadline_us) {
        timer_.start(deadline_us - now);
        asm volatile("dsb\n\twfi\n\tisb" ::: "memory");
        timer_.stop();
    }
    interrupted_ = false;
}

}  // namespace wasmbed::drivers
