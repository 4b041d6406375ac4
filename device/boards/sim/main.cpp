// The host simulator: the device's runtime as a Linux process. Composition root of the board `sim`.
//
//   sim.elf --store FILE [--surroundings FILE]
//
// The first FILE is the board's storage: factory partition, random seed, key-value store; the second says what sensors
// measure and how the link is (surroundings.hpp).
// The console is standard input and output. SIGTERM or SIGKILL is a power cut.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "core/base/assert.hpp"
#include "device/boards/sim/composition.hpp"
#include "device/runtime/runtime.hpp"

namespace {

constexpr std::size_t kAppsArenaBytes = 4 * 1024 * 1024;
/// Pointers are twice as long as on a microcontroller, and memory costs nothing.
constexpr std::size_t kCryptoArenaBytes = 4 * wasmbed::crypto::kArenaBytes;

int usage() {
    std::fputs("usage: sim.elf --store FILE [--surroundings FILE]\n", stderr);
    return 2;
}

}  // namespace

[[noreturn]] void wasmbed::assert_failed(const char* file, int line) {
    std::fprintf(stderr, "assertion failed at %s:%d\n", file, line);
    __builtin_trap();
}

int main(int argc, char** argv) {
    if ((argc != 3 && argc != 5) || std::strcmp(argv[1], "--store") != 0) return usage();
    if (argc == 5 && std::strcmp(argv[3], "--surroundings") != 0) return usage();
    std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is told by send
    const std::string path = argv[2];
    const wasmbed::sim::StoreFile file{path};
    if (file.bytes() == nullptr) {
        std::fprintf(stderr, "sim: %s\n", file.error().c_str());
        return 1;
    }
    wasmbed::sim::Parts parts(file, path, argc == 5 ? argv[4] : "", argv);

    // Not touched before it is used: a thousand of these processes fit a small machine.
    const auto apps_arena = std::make_unique_for_overwrite<std::byte[]>(kAppsArenaBytes);
    const auto crypto_arena = std::make_unique_for_overwrite<std::byte[]>(kCryptoArenaBytes);
    const auto runtime = std::make_unique<wasmbed::Runtime>(
        parts.board,
        wasmbed::RuntimeMemory{{apps_arena.get(), kAppsArenaBytes}, {crypto_arena.get(), kCryptoArenaBytes}},
        wasmbed::RuntimeOptions{.firmware_version = WASMBED_FIRMWARE_VERSION});
    for (;;) parts.idle.wait_until(runtime->poll());
}
