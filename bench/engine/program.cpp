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
alignas(8) std::uint8_t arena[2 * 1024 * 1024];
constexpr std::uint32_t kGuestStackBytes = 64 * 1024;

#if defined(__arm__)
constexpr unsigned kRuns = 1;
constexpr unsigned kPaintedWords = 1024;

/// How much native stack `work` takes: what lies below is painted before and looked at afterwards.
template <class Work>
[[gnu::noinline]] unsigned stack_of(Work work) {
    volatile std::uint32_t* const here = static_cast<volatile std::uint32_t*>(__builtin_frame_address(0));
    constexpr unsigned kOwnWords = 32;  // this function's frame
    for (unsigned i = kOwnWords; i < kPaintedWords; ++i) here[-static_cast<int>(i)] = 0xdeadbeef;
    work();
    unsigned deepest = kPaintedWords;
    while (deepest > kOwnWords && here[1 - static_cast<int>(deepest)] == 0xdeadbeef) --deepest;
    return 4 * deepest;
}
std::uint64_t now() {
    return *reinterpret_cast<volatile std::uint32_t*>(0x40028018);
}
unsigned units(std::uint64_t ticks) {
    return static_cast<unsigned>(static_cast<std::uint32_t>(ticks) * 5ull / 8);
}
#else
constexpr unsigned kRuns = 40;
template <class Work>
unsigned stack_of(Work work) {
    work();
    return 0;
}
std::uint64_t now() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}
unsigned units(std::uint64_t nanoseconds) {
    return static_cast<unsigned>(nanoseconds);
}
#endif

constexpr std::int32_t kFuel = 0x7fffffff;

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
        std::printf("%s refused: rule %02x at %u\n", kernel.name, unsigned(module.error().rule),
                    unsigned(module.error().offset));
        return;
    }
    InstanceLimits limits;
    limits.stack_bytes = kGuestStackBytes;
    unsigned took = ~0u;
    bool right = true;
    unsigned ram = 0;
    unsigned fuel = 0;
    unsigned stack = 0;
    for (unsigned i = 0; i < kRuns; ++i) {  // a new instance each time: kernels change their memory
        const auto instance = Instance::create(*module, {}, arena, limits);
        if (!instance) {
            std::printf("%s not linked: rule %02x\n", kernel.name, unsigned(instance.error().rule));
            return;
        }
        const std::uint32_t arguments[] = {kSeed};
        (void)(*instance)->start("run", arguments);
        Outcome outcome = OutOfFuel{};
        unsigned this_time = 0;
        fuel = 0;
        const auto run = [&] {
            const std::uint64_t start = now();
            while (std::holds_alternative<OutOfFuel>(outcome)) {
                outcome = (*instance)->run(kFuel);
                fuel += static_cast<unsigned>(kFuel - (*instance)->fuel_left());
            }
            this_time = units(now() - start);
        };
        stack = stack_of(run);
        if (const Trap* trap = std::get_if<Trap>(&outcome)) {
            std::printf("%s trapped: %s\n", kernel.name, text_of(trap->kind));
            return;
        }
        if (this_time < took) took = this_time;
        const Done* done = std::get_if<Done>(&outcome);
        // Natively, a kernel that keeps variables goes on where it stopped: only its first run has the same result.
        right &= done != nullptr && (kRuns > 1 || done->results[0] == expected);
        ram = static_cast<unsigned>(Instance::bytes_needed(*module, limits) - (*instance)->memory().size()) -
              kGuestStackBytes;
    }
    std::printf("%s %u %u %u %u %u %u %u %u %s\n", kernel.name, native, took, load, kernel.wasm_bytes,
                unsigned(module->image().size()), ram, fuel, stack, right ? "right" : "WRONG");
}

}  // namespace

int main() {
    for (unsigned i = 0; i < kKernelCount; ++i) bench(kKernels[i]);
    std::fflush(stdout);
    std::_Exit(0);  // ends QEMU; returning would wait for ever
}
