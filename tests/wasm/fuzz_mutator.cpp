// How libFuzzer makes new inputs for the engine's targets: bytes at random seldom load, so many begin as generated
// modules, and many changes keep the length, so that sections stay where they are.
#include <algorithm>
#include <cstring>

#include "tests/wasm/module_generator.hpp"
#include "tests/wasm/random.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
    using namespace wasmbed::wasm::test;
    Random random(seed);
    if (size == 0 || random.one_in(12)) {
        GeneratorOptions options;
        options.tail_calls_anywhere = true;
        options.imports = random.one_in(2);
        options.byte_pages = random.one_in(4);
        options.two_memories = random.one_in(3);
        options.probes = random.one_in(8);
        const std::vector<std::uint8_t> module = generate_module(random.next(), options);
        if (module.size() <= size_max) {
            std::memcpy(data, module.data(), module.size());
            return module.size();
        }
    }
    if (size == 0 || random.one_in(2)) return LLVMFuzzerMutate(data, size, size_max);
    for (std::uint32_t changes = 1 + random.below(3); changes > 0; --changes) {
        const std::size_t at = random.next() % size;
        const std::size_t length = std::min<std::size_t>(size - at, 1 + random.below(8));
        LLVMFuzzerMutate(data + at, length, length);
    }
    return size;
}
