// Composition root: this board, this memory, the runtime.
#include <array>
#include <new>

#include "device/boards/board_main.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/runtime.hpp"

namespace {

// A superloop turn computes one signature operation at most, 1 s on the slowest board, or translates one app's module:
// 0.2 s for 64 KB at 40 MHz, at times three tries.
constexpr std::uint32_t kWatchdogMs = 10'000;

// A boot that lasted this long ends a series of crashes.
constexpr std::uint64_t kHealthyAfterMs = 30'000;

alignas(8) std::array<std::byte, wasmbed::crypto::kArenaBytes> g_crypto_arena;

// Storage without a destructor to register: the runtime lives until power-off.
alignas(wasmbed::Runtime) std::byte g_runtime_storage[sizeof(wasmbed::Runtime)];

}  // namespace

int main() {
    const wasmbed::hal::Board& board = wasmbed::boards::start_board();
    wasmbed::Runtime& runtime = *new (g_runtime_storage) wasmbed::Runtime(
        board, {.apps_arena = wasmbed::boards::apps_arena(), .crypto_arena = g_crypto_arena},
        {.firmware_version = WASMBED_VERSION});
    if (board.watchdog != nullptr) board.watchdog->start(kWatchdogMs);
    bool healthy = false;
    for (;;) {
        if (board.watchdog != nullptr) board.watchdog->feed();
        const std::uint64_t until_us = runtime.poll();
        if (!healthy && board.clock.now_ms() > kHealthyAfterMs) {
            wasmbed::boards::mark_healthy();
            healthy = true;
        }
        board.idle.wait_until(until_us);
    }
}
