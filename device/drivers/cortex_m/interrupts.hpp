// Interrupt control of ARMv7-M (DDI 0403 sections B1.4 and B3.4).
#pragma once

#include <cstdint>

namespace wasmbed::drivers {

/// Holds off all interrupts but NMI and faults for its lifetime; nests.
class InterruptLock {
  public:
    InterruptLock() {
        asm volatile("mrs %0, primask" : "=r"(before_));
        asm volatile("cpsid i" ::: "memory");
    }
    ~InterruptLock() { asm volatile("msr primask, %0" ::"r"(before_) : "memory"); }
    InterruptLock(const InterruptLock&) = delete;
    InterruptLock& operator=(const InterruptLock&) = delete;

  private:
    std::uint32_t before_;
};

/// The nested vectored interrupt controller; `base` is its first enable register.
class Nvic {
  public:
    constexpr explicit Nvic(std::uint32_t base) : base_(base) {}
    void enable(std::uint32_t irq) const { write(kEnable, irq); }
    void disable(std::uint32_t irq) const {
        write(kDisable, irq);
        asm volatile("dsb\n\tisb" ::: "memory");
    }

  private:
    static constexpr std::uint32_t kEnable = 0x000;
    static constexpr std::uint32_t kDisable = 0x080;
    void write(std::uint32_t offset, std::uint32_t irq) const {
        const std::uintptr_t address = base_ + offset + irq / 32 * 4;
        *reinterpret_cast<volatile std::uint32_t*>(address) = 1U << irq % 32;
    }
    std::uint32_t base_;
};

}  // namespace wasmbed::drivers
