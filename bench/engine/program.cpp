// Runs every kernel natively and as WebAssembly, and prints what both took: on mps2-an385 in instructions, on the host
// in nanoseconds (the least of several runs). QEMU's `-icount shift=6` makes an instruction 64 ns; the board's FPGAIO
// counter ticks every 40 ns, so instructions = ticks * 5 / 8.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/wasm/engine.hpp"

struct Kernel {
    const char* name;
    const unsigned char* wasm;
    unsigned wasm_bytes;
    unsigned (*native)(unsigned);
};
extern "C" const Kernel kKernels[];
extern "C" const unsigned kKernelCount;

namespace {

using namespace wasmbed;
using namespace wasmbed::wasm;

alignas(8) std::uint8_t image[256 * 1024];
alignas(8) std::uint8_t scratch[32 * 1024];
alignas(8) std::uint8_t arena[1024 * 1024];

#if defined(__arm__)
constexpr unsigned kRuns = 1;
std::uint64_t now() {
    return *reinterpret_cast<volatile std::uint32_t*>(0x40028018);
}
unsigned units(std::uint64_t ticks) {
    return static_cast<unsigned>(static_cast<std::uint32_t>(ticks) * 5ull / 8);
}
#else
constexpr unsigned kRuns = 40;
std::uint64_t now() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}
unsigned units(std::uint64_t nanoseconds) {
    return static_cast<unsigned>(nanoseconds);
}
#endif

/// The least that `work` took.
template <class Work>
unsigned least(Work work) {
    unsigned result = ~0u;
    for (unsigned i = 0; i < kRuns; ++i) {
        const std::uint64_t start = now();
        work();
        const unsigned took = units(now() - start);
        if (took < result) result = took;
    }
    return result;
}

void bench(const Kernel& kernel) {
    constexpr unsigned kSeed = 12345;
    volatile unsigned expected = 0;
    const unsigned native = least([&] { expected = kernel.native(kSeed); });

    const Bytes wasm{kernel.wasm, kernel.wasm_bytes};
    const unsigned load = least([&] { (void)translate(wasm, image, scratch); });
    const auto module = translate(wasm, image, scratch);
    if (!module) {
        std::printf("%s refused: %s at %u\n", kernel.name, module.error().rule, unsigned(module.error().offset));
        return;
    }
    InstanceLimits limits;
    limits.stack_bytes = 8192;
    unsigned took = ~0u;
    bool right = true;
    unsigned ram = 0;
    for (unsigned i = 0; i < kRuns; ++i) {  // a new instance each time: kernels change their memory
        const auto instance = Instance::create(*module, {}, arena, limits);
        if (!instance) {
            std::printf("%s not linked: %s\n", kernel.name, instance.error().rule);
            return;
        }
        const std::uint32_t arguments[] = {kSeed};
        (void)(*instance)->start("run", arguments);
        const std::uint64_t start = now();
        const Outcome outcome = (*instance)->run(0x7fffffff);
        const unsigned this_time = units(now() - start);
        if (this_time < took) took = this_time;
        const Done* done = std::get_if<Done>(&outcome);
        // Natively, a kernel that keeps variables goes on where it stopped: only its first run has the same result.
        right &= done != nullptr && (kRuns > 1 || done->results[0] == expected);
        ram = static_cast<unsigned>(Instance::bytes_needed(*module, limits) - (*instance)->memory().size()) - 8192;
    }
    std::printf("%s %u %u %u %u %u %u %s\n", kernel.name, native, took, load, kernel.wasm_bytes,
                unsigned(module->image().size()), ram, right ? "right" : "WRONG");
}

}  // namespace

int main() {
    for (unsigned i = 0; i < kKernelCount; ++i) bench(kKernels[i]);
    std::fflush(stdout);
    std::_Exit(0);  // ends QEMU; returning would wait for ever
}
