// wasm_random_pack FIRST COUNT FILE: modules generated from COUNT seeds, and what the portable core makes of them, for
// random_board.cpp. Each is its seed, the slice of fuel it runs in, and two lengths, 32 bits each, then the module and
// the report.
#include <cstdio>
#include <cstdlib>

#include "tests/wasm/module_generator.hpp"
#include "tests/wasm/own_engine.hpp"

namespace {

using namespace wasmbed::wasm::test;

/// Every second module runs in one slice, the others in short ones.
std::int32_t slice_of(std::uint64_t seed) {
    return seed % 2 == 0 ? 0x7fffffff : static_cast<std::int32_t>(1 + seed % 1000);
}

bool write_one(std::FILE* file, std::uint64_t seed) {
    const std::vector<std::uint8_t> module =
        generate_module(seed, {.tail_calls_anywhere = true, .byte_pages = seed % 5 == 0, .probes = seed % 5 == 1});
    const std::int32_t slice = slice_of(seed);
    const std::string report = report_on(module, slice);
    const std::uint32_t head[4] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(slice),
                                   static_cast<std::uint32_t>(module.size()),
                                   static_cast<std::uint32_t>(report.size())};
    return std::fwrite(head, sizeof head, 1, file) == 1 && std::fwrite(module.data(), module.size(), 1, file) == 1 &&
           std::fwrite(report.data(), report.size(), 1, file) == 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: wasm_random_pack FIRST COUNT FILE\n", stderr);
        return 2;
    }
    const std::uint64_t first = std::strtoull(argv[1], nullptr, 10);
    const std::uint64_t count = std::strtoull(argv[2], nullptr, 10);
    std::FILE* file = std::fopen(argv[3], "wb");
    bool good = file != nullptr;
    for (std::uint64_t seed = first; good && seed < first + count; ++seed) good = write_one(file, seed);
    if (file != nullptr && std::fclose(file) != 0) good = false;
    if (!good) std::perror(argv[3]);
    return good ? 0 : 1;
}
