#include "device/drivers/cortex_m/crash.hpp"

#include <algorithm>
#include <cstdint>

#include "core/base/assert.hpp"
#include "core/base/text_writer.hpp"

namespace wasmbed::drivers {
namespace {

// What the processor pushes at an exception, DDI 0403 section B1.5.6.
struct ExceptionFrame {
    std::uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

// Fault status registers, DDI 0403 section B3.2.
constexpr std::uintptr_t kCfsr = 0xE000ED28;
constexpr std::uintptr_t kHfsr = 0xE000ED2C;
constexpr std::uintptr_t kMmfar = 0xE000ED34;
constexpr std::uintptr_t kBfar = 0xE000ED38;
constexpr std::uint32_t kMmarValid = 1U << 7;
constexpr std::uint32_t kBfarValid = 1U << 15;
constexpr std::uint32_t kStackLimit = 1U << 20;  // ARMv8-M only, DDI 0553 section D1.2.9

std::uint32_t system_register(std::uintptr_t address) {
    return *reinterpret_cast<volatile std::uint32_t*>(address);
}

const char* exception_name(std::uint32_t number) {
    static constexpr const char* kNames[] = {"unexpected end of main", "reset",     "NMI",        "hard fault",
                                             "memory fault",           "bus fault", "usage fault"};
    return number < std::size(kNames) ? kNames[number] : "unexpected interrupt";
}

void wait_after_crashes(const CrashContext& context) {
    constexpr std::uint64_t kFirstUs = 100'000;
    const std::uint32_t doublings = std::min<std::uint32_t>(context.record.crashes(), 7);
    if (doublings < 2) return;
    const std::uint64_t end = context.board->clock.now_us() + (kFirstUs << (doublings - 1));
    while (context.board->clock.now_us() < end) {
        if (context.board->watchdog != nullptr) context.board->watchdog->feed();
    }
}

}  // namespace

void crash(const char* source, std::string_view text, hal::ResetReason reason) {
    asm volatile("cpsid i" ::: "memory");
    const CrashContext context = crash_context();
    context.record.count_crash();
    context.record.set_next(reason);
    char record[200];
    TextWriter said(record);
    said.text(source).text(": ").text(text);
    if (context.board != nullptr && !context.board->reset.task().empty())
        said.text(" app=").text(context.board->reset.task());
    context.record.keep_crash(said.view());
    if (context.board != nullptr) {
        char time[32];
        hal::Console& console = context.board->console;
        console.write_blocking(bytes_of(TextWriter(time).uptime(context.board->clock.now_ms()).text("error ").view()));
        console.write_blocking(bytes_of(said.view()));
        console.write_blocking(bytes_of("\r\n"));
        wait_after_crashes(context);
    }
    system_reset();
}

}  // namespace wasmbed::drivers

extern "C" {

/// `frame` is null when the stack had overflowed: the frame is lost then.
[[noreturn, gnu::used]] void wasmbed_report_fault(const wasmbed::drivers::ExceptionFrame* frame,
                                                  std::uint32_t stack_pointer) {
    using namespace wasmbed::drivers;
    std::uint32_t exception = 0;
    asm volatile("mrs %0, ipsr" : "=r"(exception));
    constexpr std::uint32_t kNmi = 2;
    const std::uint32_t cfsr = system_register(kCfsr);
    char text[140];
    wasmbed::TextWriter out(text);
    out.text(exception == kNmi ? "superloop stopped" : exception_name(exception));
    if (frame == nullptr || (cfsr & kStackLimit) != 0) out.text(" stack overflow");
    if (frame != nullptr) out.text(" pc=").hex(frame->pc, 8).text(" lr=").hex(frame->lr, 8);
    out.text(" sp=").hex(stack_pointer, 8);
    if (exception != kNmi) out.text(" cfsr=").hex(cfsr, 8).text(" hfsr=").hex(system_register(kHfsr), 8);
    if ((cfsr & kBfarValid) != 0) out.text(" address=").hex(system_register(kBfar), 8);
    if ((cfsr & kMmarValid) != 0) out.text(" address=").hex(system_register(kMmfar), 8);
    crash(exception == kNmi ? "watchdog" : "fault", out.view(),
          exception == kNmi ? wasmbed::hal::ResetReason::Watchdog : wasmbed::hal::ResetReason::Software);
}

// Both enter here on the main stack. A stack pointer in or below the guard (ARMv8-M leaves it at the limit) means it
// overflowed: start over at its top.
[[gnu::naked]] void fault_handler() {
    asm volatile(
        "mov r0, sp\n\t"
        "mov r1, sp\n\t"
        "ldr r2, =__stack_guard_end\n\t"
        "cmp r1, r2\n\t"
        "bhi 1f\n\t"
        "ldr r2, =__stack_end\n\t"
        "mov sp, r2\n\t"
        "movs r0, #0\n"
        "1:\n\t"
        "b wasmbed_report_fault\n\t");
}

[[gnu::naked]] void nmi_handler() {
    asm volatile("b fault_handler");
}
}

void wasmbed::assert_failed(const char* file, int line) {
    char text[80];
    TextWriter out(text);
    out.text(file).text(":").decimal(static_cast<std::uint64_t>(line));
    drivers::crash("assert", out.view(), hal::ResetReason::Software);
}
