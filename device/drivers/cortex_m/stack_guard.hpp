// Makes a stack overflow a fault: by the MPU on ARMv7-M (DDI 0403 section B3.5), by the stack limit register on
// ARMv8-M (DDI 0553 section B3.21).
#pragma once

#include <bit>
#include <cstdint>

namespace wasmbed::drivers {

/// Bytes below the usable stack that nothing may touch, unless the board says less; a power of two from 32, and the
/// alignment of their start.
inline constexpr std::uint32_t kStackGuardBytes = 1024;

#ifdef __ARM_ARCH_8M_MAIN__

/// No exception entry and no push may move the main stack pointer below start + bytes.
inline bool guard_stack(std::uint32_t start, std::uint32_t bytes = kStackGuardBytes) {
    asm volatile("msr msplim, %0\n\tisb" ::"r"(start + bytes) : "memory");
    return true;
}

#else

/// Forbids all access to [start, start + bytes), for handlers of NMI and hard fault not. Everything else
/// stays as without MPU. False when the chip has no MPU.
inline bool guard_stack(std::uint32_t start, std::uint32_t bytes = kStackGuardBytes) {
    const auto reg = [](std::uintptr_t address) -> volatile std::uint32_t& {
        return *reinterpret_cast<volatile std::uint32_t*>(address);
    };
    constexpr std::uintptr_t kType = 0xE000ED90;
    constexpr std::uintptr_t kControl = 0xE000ED94;
    constexpr std::uintptr_t kRegionBase = 0xE000ED9C;
    constexpr std::uintptr_t kRegionAttributes = 0xE000EDA0;
    constexpr std::uint32_t kSelectRegion0 = 1U << 4;
    constexpr std::uint32_t kNoAccessEnabled = 1U;  // AP = 0: nobody
    constexpr std::uint32_t kDefaultMapEnabled = 1U << 2 | 1U;
    const auto size_field = static_cast<std::uint32_t>(std::countr_zero(bytes) - 1) << 1;  // 2^(field + 1) bytes
    if (reg(kType) == 0) return false;
    reg(kRegionBase) = start | kSelectRegion0;
    reg(kRegionAttributes) = size_field | kNoAccessEnabled;
    reg(kControl) = kDefaultMapEnabled;
    asm volatile("dsb\n\tisb" ::: "memory");
    return true;
}

#endif

}  // namespace wasmbed::drivers
