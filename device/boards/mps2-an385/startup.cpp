// Vector table and the way from reset to main.
#include <cstddef>
#include <cstdint>

#include "board_dt.hpp"
#include "device/drivers/cortex_m/crash.hpp"

namespace {

using Handler = void (*)();

// DDI 0403 section B1.5.3: what the processor reads at reset and at each exception.
struct VectorTable {
    std::uint32_t* initial_stack;
    Handler exceptions[15];
    Handler interrupts[32];
};

}  // namespace

extern "C" {
extern std::uint32_t __stack_end[], __data_start[], __data_end[], __bss_start[], __bss_end[];
extern const std::uint32_t __data_load[];
extern Handler __init_array_start[], __init_array_end[];

int main();
void console_handler();
void entropy_handler();
void ethernet_handler();
void wakeup_handler();

[[noreturn]] void reset_handler() {
    const std::uint32_t* from = __data_load;
    for (std::uint32_t* to = __data_start; to != __data_end; ++to) *to = *from++;
    for (std::uint32_t* to = __bss_start; to != __bss_end; ++to) *to = 0;
    for (Handler* constructor = __init_array_start; constructor != __init_array_end; ++constructor) (*constructor)();
    main();
    __builtin_trap();  // main never returns
}
}

namespace {

namespace dt = wasmbed::dt;

constexpr VectorTable make_vectors() {
    VectorTable table{};
    table.initial_stack = __stack_end;
    for (Handler& handler : table.exceptions) handler = fault_handler;
    for (Handler& handler : table.interrupts) handler = fault_handler;  // nothing enables these
    table.exceptions[0] = reset_handler;
    table.exceptions[1] = nmi_handler;
    for (const std::uint32_t irq : dt::console::kIrqs) table.interrupts[irq] = console_handler;
    table.interrupts[dt::entropy::kIrqs[0]] = entropy_handler;
    table.interrupts[dt::ethernet::kIrqs[0]] = ethernet_handler;
    table.interrupts[dt::wakeup_timer::kIrqs[0]] = wakeup_handler;
    return table;
}

[[gnu::section(".vectors"), gnu::used]] constexpr VectorTable kVectors = make_vectors();

}  // namespace
