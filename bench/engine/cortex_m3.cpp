// Runs every kernel natively and as WebAssembly on mps2-an385 and prints the instructions of both. QEMU's `-icount
// shift=6` makes an instruction 64 ns; the board's FPGAIO counter ticks every 40 ns, so instructions = ticks * 5 / 8.
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

volatile const std::uint32_t& ticks = *reinterpret_cast<volatile std::uint32_t*>(0x40028018);

alignas(8) std::uint8_t image[256 * 1024];
alignas(8) std::uint8_t scratch[32 * 1024];
alignas(8) std::uint8_t arena[1024 * 1024];

unsigned instructions(std::uint32_t since) {
    return static_cast<unsigned>(std::uint64_t{ticks - since} * 5 / 8);
}

void bench(const Kernel& kernel) {
    constexpr unsigned kSeed = 12345;
    std::uint32_t start = ticks;
    const unsigned expected = kernel.native(kSeed);
    const unsigned native = instructions(start);

    start = ticks;
    const auto module = translate({kernel.wasm, kernel.wasm_bytes}, image, scratch);
    const unsigned load = instructions(start);
    if (!module) {
        std::printf("%s refused: %s at %u\n", kernel.name, module.error().rule, unsigned(module.error().offset));
        return;
    }
    InstanceLimits limits;
    limits.stack_bytes = 8192;
    const auto instance = Instance::create(*module, {}, arena, limits);
    if (!instance) {
        std::printf("%s not linked: %s\n", kernel.name, instance.error().rule);
        return;
    }
    const std::uint32_t arguments[] = {kSeed};
    (void)(*instance)->start("run", arguments);
    start = ticks;
    const Outcome outcome = (*instance)->run(0x7fffffff);
    const unsigned wasm = instructions(start);
    const Done* done = std::get_if<Done>(&outcome);
    const bool right = done != nullptr && done->results[0] == expected;
    std::printf("%s %u %u %u %u %u %s\n", kernel.name, native, wasm, load, kernel.wasm_bytes,
                unsigned(module->image().size()), right ? "right" : "WRONG");
}

}  // namespace

int main() {
    for (unsigned i = 0; i < kKernelCount; ++i) bench(kKernels[i]);
    std::_Exit(0);  // ends QEMU; returning would wait for ever
}
