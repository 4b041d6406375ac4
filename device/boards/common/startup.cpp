#include "device/boards/common/startup.hpp"

extern "C" {
extern std::uint32_t __data_start[], __data_end[], __bss_start[], __bss_end[];  // link.ld.S
extern const std::uint32_t __data_load[];
extern wasmbed::boards::Handler __init_array_start[], __init_array_end[];

int main();

[[noreturn]] void reset_handler() {
#ifdef __ARM_FP
    // DDI 0403 section B3.2.20: full access to CP10 and CP11, before the first instruction that may use a register of
    // theirs.
    constexpr std::uintptr_t kCpacr = 0xE000ED88;
    *reinterpret_cast<volatile std::uint32_t*>(kCpacr) |= 0xFU << 20;
    asm volatile("dsb\n\tisb" ::: "memory");
#endif
    const std::uint32_t* from = __data_load;
    for (std::uint32_t* to = __data_start; to != __data_end; ++to) *to = *from++;
    for (std::uint32_t* to = __bss_start; to != __bss_end; ++to) *to = 0;
    for (auto* constructor = __init_array_start; constructor != __init_array_end; ++constructor) (*constructor)();
    main();
    __builtin_trap();  // main never returns
}
}
