#include "device/boards/common/image.hpp"

#include "budget.h"
#include "device/boards/board_main.hpp"
#include "device/drivers/cortex_m/crash.hpp"
#include "device/drivers/cortex_m/stack_guard.hpp"

extern "C" std::byte __apps_arena_start[], __apps_arena_end[], __stack_start[], __stack_end[],
    __handshake_end[];  // link.ld.S

#ifdef BUDGET_APPS_STACK
/// Bytes of the stack that were used at most, up to the last `lend_stack`: by handshakes and signatures, and beside an
/// app. tools/high_water.py reads it.
extern "C" std::uint16_t wasmbed_stack_used[2];
[[gnu::used]] std::uint16_t wasmbed_stack_used[2];
#endif

namespace wasmbed::boards {
namespace {

[[gnu::section(".noinit")]] drivers::ResetRecord g_reset_record;
const hal::Board* g_board = nullptr;

#ifdef BUDGET_STACK_GUARD
constexpr std::uint32_t kGuardBytes = BUDGET_STACK_GUARD;
#else
constexpr std::uint32_t kGuardBytes = drivers::kStackGuardBytes;
#endif

#ifdef BUDGET_APPS_STACK
// A stack whose end is lent and taken back cannot be measured from outside: what lies there is not the stack's.
constexpr std::uint32_t kPaint = 0xA5A5A5A5;

volatile std::uint32_t* usable_from(std::byte* end) {
    return reinterpret_cast<volatile std::uint32_t*>(end + kGuardBytes);
}

/// From the guard at `end` up to the caller's frame.
[[gnu::noinline]] void paint_stack(std::byte* end) {
    const volatile std::uint32_t* here = nullptr;
    asm volatile("mov %0, sp" : "=r"(here));
    for (auto* at = usable_from(end); at < here; ++at) *at = kPaint;
}

void note_stack_use(std::byte* end, std::uint16_t& most) {
    const auto* at = usable_from(end);
    while (*at == kPaint) ++at;
    const auto used = reinterpret_cast<std::uintptr_t>(__stack_end) - reinterpret_cast<std::uintptr_t>(at);
    if (used > most) most = static_cast<std::uint16_t>(used);
}
#endif

}  // namespace

drivers::ResetRecord& reset_record() {
    return g_reset_record;
}

void begin_image() {
    g_reset_record.begin_boot();
    drivers::guard_stack(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(__stack_start)), kGuardBytes);
#ifdef BUDGET_APPS_STACK
    paint_stack(__stack_start);
#endif
}

void set_crash_board(const hal::Board& board) {
    g_board = &board;
}

std::span<std::byte> apps_arena() {
    return {__apps_arena_start, __apps_arena_end};
}

std::span<std::byte> handshake_memory() {
    return {__apps_arena_start, __handshake_end};
}

#ifdef BUDGET_APPS_STACK
void lend_stack(bool lent) {
    note_stack_use(lent ? __stack_start : __apps_arena_end, wasmbed_stack_used[lent ? 0 : 1]);
    std::byte* const end = lent ? __apps_arena_end : __stack_start;
    drivers::guard_stack(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(end)), kGuardBytes);
    paint_stack(end);
}
#endif

void mark_healthy() {
    g_reset_record.clear_crashes();
}

}  // namespace wasmbed::boards

wasmbed::drivers::CrashContext wasmbed::drivers::crash_context() {
    return {.board = boards::g_board, .record = boards::g_reset_record};
}
