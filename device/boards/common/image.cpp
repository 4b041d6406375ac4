#include "device/boards/common/image.hpp"

#include "budget.h"
#include "device/boards/board_main.hpp"
#include "device/drivers/cortex_m/crash.hpp"
#include "device/drivers/cortex_m/stack_guard.hpp"

extern "C" std::byte __apps_arena_start[], __apps_arena_end[], __stack_start[], __handshake_end[];  // link.ld.S

namespace wasmbed::boards {
namespace {

[[gnu::section(".noinit")]] drivers::ResetRecord g_reset_record;
const hal::Board* g_board = nullptr;

#ifdef BUDGET_STACK_GUARD
constexpr std::uint32_t kGuardBytes = BUDGET_STACK_GUARD;
#else
constexpr std::uint32_t kGuardBytes = drivers::kStackGuardBytes;
#endif

}  // namespace

drivers::ResetRecord& reset_record() {
    return g_reset_record;
}

void begin_image() {
    g_reset_record.begin_boot();
    drivers::guard_stack(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(__stack_start)), kGuardBytes);
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

void lend_stack(bool lent) {
    const std::byte* const end = lent ? __apps_arena_end : __stack_start;
    drivers::guard_stack(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(end)), kGuardBytes);
}

void mark_healthy() {
    g_reset_record.clear_crashes();
}

}  // namespace wasmbed::boards

wasmbed::drivers::CrashContext wasmbed::drivers::crash_context() {
    return {.board = boards::g_board, .record = boards::g_reset_record};
}
