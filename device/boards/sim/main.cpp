// The host simulator: the device's runtime as a Linux process. Composition root of the board `sim`.
//
//   sim.elf --store FILE     FILE is the board's storage: factory partition, random seed, key-value store
//
// The console is standard input and output. SIGTERM or SIGKILL is a power cut.
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "core/base/assert.hpp"
#include "device/boards/sim/sim_board.hpp"
#include "device/runtime/runtime.hpp"

namespace {

constexpr std::size_t kAppsArenaBytes = 4 * 1024 * 1024;
/// Pointers are twice as long as on a microcontroller, and memory costs nothing.
constexpr std::size_t kCryptoArenaBytes = 4 * wasmbed::crypto::kArenaBytes;

int usage() {
    std::fputs("usage: sim.elf --store FILE\n", stderr);
    return 2;
}

}  // namespace

[[noreturn]] void wasmbed::assert_failed(const char* file, int line) {
    std::fprintf(stderr, "assertion failed at %s:%d\n", file, line);
    __builtin_trap();
}

int main(int argc, char** argv) {
    if (argc != 3 || std::strcmp(argv[1], "--store") != 0) return usage();
    const std::string path = argv[2];
    const wasmbed::sim::StoreFile file{path};
    if (file.bytes() == nullptr) {
        std::fprintf(stderr, "sim: %s\n", file.error().c_str());
        return 1;
    }
    using wasmbed::sim::StoreFile;
    wasmbed::sim::SimClock clock;
    wasmbed::sim::SimConsole console;
    wasmbed::sim::PosixStream stream;
    wasmbed::sim::SimIdle idle{clock, stream};
    wasmbed::sim::SimReset reset{argv};
    wasmbed::sim::SimEntropy entropy;
    wasmbed::sim::SimLeds leds;
    wasmbed::sim::SimInfo info{path};
    wasmbed::drivers::MappedFactoryPartition factory{{file.bytes(), StoreFile::kFactoryBytes}};
    wasmbed::drivers::MappedStore seed{file.bytes() + StoreFile::kSeedOffset,
                                       {StoreFile::kSeedBytes, StoreFile::kEraseBlock, StoreFile::kProgramUnit}};
    wasmbed::drivers::MappedStore store{file.bytes() + StoreFile::kStoreOffset,
                                        {StoreFile::kStoreBytes, StoreFile::kEraseBlock, StoreFile::kProgramUnit}};
    const wasmbed::hal::Board board{.console = console,
                                    .clock = clock,
                                    .idle = idle,
                                    .reset = reset,
                                    .info = info,
                                    .factory = factory,
                                    .store = store,
                                    .seed_store = &seed,
                                    .entropy = &entropy,
                                    .network = nullptr,
                                    .link_stream = &stream,
                                    .leds = &leds,
                                    .watchdog = nullptr};

    // Not touched before it is used: a thousand of these processes fit a small machine.
    const auto apps_arena = std::make_unique_for_overwrite<std::byte[]>(kAppsArenaBytes);
    const auto crypto_arena = std::make_unique_for_overwrite<std::byte[]>(kCryptoArenaBytes);
    const auto runtime = std::make_unique<wasmbed::Runtime>(
        board, wasmbed::RuntimeMemory{{apps_arena.get(), kAppsArenaBytes}, {crypto_arena.get(), kCryptoArenaBytes}},
        wasmbed::RuntimeOptions{.firmware_version = WASMBED_FIRMWARE_VERSION});
    for (;;) idle.wait_until(runtime->poll());
}
