// Composition root of the boards with 8 KB of RAM: this board, this memory, the small runtime.
#include <array>
#include <new>

#include "device/boards/board_main.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/small/small_runtime.hpp"

namespace {

alignas(8) std::array<std::byte, wasmbed::crypto::kArenaBytes> g_crypto_arena;

// Storage without a destructor to register: the runtime lives until power-off.
alignas(wasmbed::SmallRuntime) std::byte g_runtime_storage[sizeof(wasmbed::SmallRuntime)];

}  // namespace

int main() {
    const wasmbed::hal::Board& board = wasmbed::boards::start_board();
    auto& runtime = *new (g_runtime_storage) wasmbed::SmallRuntime(board, g_crypto_arena, WASMBED_VERSION);
    for (;;) board.idle.wait_until(runtime.poll());
}
