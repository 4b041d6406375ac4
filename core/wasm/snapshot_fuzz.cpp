// Forged snapshots: refused, or the instance goes on within its arena, whose last part is the stack here, so that the
// address sanitizer sees what leaves it. Input: where a run is stopped, then words to change in its snapshot.
#include <cstring>
#include <vector>

#include "core/base/crc32.hpp"
#include "core/wasm/engine.hpp"
#include "core/wasm/snapshot.hpp"
#include "tests/wasm/module_generator.hpp"

namespace {

using namespace wasmbed;
using namespace wasmbed::wasm;

struct Area {
    std::vector<std::uint64_t> words;
    explicit Area(std::size_t bytes) : words((bytes + 7) / 8) {}
    MutableBytes span() { return {reinterpret_cast<std::uint8_t*>(words.data()), 8 * words.size()}; }
};

struct Change {
    std::uint16_t word;
    std::uint32_t value;
};

/// Changed in place: as many words as the input has.
void forge(std::vector<std::uint8_t>& snapshot, Bytes changes) {
    for (; changes.size() >= 6; changes = changes.subspan(6)) {
        Change change;
        std::memcpy(&change.word, changes.data(), 2);
        std::memcpy(&change.value, changes.data() + 2, 4);
        std::memcpy(snapshot.data() + 4 * (change.word % (snapshot.size() / 4)), &change.value, 4);
    }
    const std::uint32_t crc = crc32(Bytes{snapshot}.subspan(8));
    std::memcpy(snapshot.data() + 4, &crc, sizeof crc);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    wasm::test::GeneratorOptions options;
    options.tail_calls_anywhere = true;
    const std::vector<std::uint8_t> wasm = wasm::test::generate_module(data[0], options);
    Area image(1 << 15), scratch(1 << 14);
    const auto module = translate(wasm, image.span(), scratch.span());
    if (!module || module->memory()) return 0;
    InstanceLimits limits;
    limits.stack_bytes = 8192;
    limits.table_entries_max = 16;
    const auto needed = static_cast<std::size_t>(Instance::bytes_needed(*module, limits));
    Area from(needed), to(needed);
    const auto saved = Instance::create(*module, {}, from.span(), limits);
    const auto victim = Instance::create(*module, {}, to.span(), limits);
    if (!saved || !victim) return 0;
    const Export run = module->export_at(data[1] % module->export_count());
    if (!(*saved)->start(run.index, {})) return 0;
    (void)(*saved)->run(data[2] * 8);
    std::vector<std::uint8_t> snapshot(static_cast<std::size_t>(snapshot_bytes(**saved)));
    if (!save_snapshot(**saved, snapshot)) __builtin_trap();
    forge(snapshot, {data + 3, size - 3});
    if (!restore_snapshot(**victim, snapshot)) return 0;
    (void)(*victim)->run(500);
    return 0;
}
