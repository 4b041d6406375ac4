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

wasmbed::MutableBytes bytes_of(std::span<std::byte> memory) {
    return {reinterpret_cast<std::uint8_t*>(memory.data()), memory.size()};
}

}  // namespace

int main() {
    const wasmbed::hal::Board& board = wasmbed::boards::start_board();
    auto& runtime = *new (g_runtime_storage)
                        wasmbed::SmallRuntime(board, g_crypto_arena,
                                              {bytes_of(wasmbed::boards::handshake_memory()),
                                               bytes_of(wasmbed::boards::apps_arena()), wasmbed::boards::lend_stack},
                                              WASMBED_VERSION);
    for (;;) board.idle.wait_until(runtime.poll());
}
