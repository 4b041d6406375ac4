// Any module that loads: instantiating it and calling all it exports stays inside the arena and ends with the fuel. A
// run in slices of a few units must end as an uninterrupted one does.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/wasm/engine.hpp"

namespace {

using namespace wasmbed;
using namespace wasmbed::wasm;

constexpr std::int32_t kFuel = 3000;

struct Area {
    std::vector<std::uint64_t> words;
    explicit Area(std::size_t bytes) : words(bytes / 8) {}
    MutableBytes span() { return {reinterpret_cast<std::uint8_t*>(words.data()), 8 * words.size()}; }
};

/// Everything is offered under every name: returns its first argument plus one, or suspends first.
HostResult host_add(void*, HostCall& call) {
    call.set_u32(0, call.u32(0) + 1);
    return HostResult::done();
}

/// Runs to the end in slices; a number that stands for the outcome and the results.
std::uint64_t finish(Instance& instance, std::int32_t slice) {
    std::uint64_t hash = 14695981039346656037ull;
    std::int32_t left = kFuel;
    for (;;) {
        const std::int32_t grant = left < slice ? left : slice;
        const Outcome outcome = instance.run(grant);
        left -= grant;
        const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 1099511628211ull; };
        if (const Done* done = std::get_if<Done>(&outcome)) {
            for (std::uint32_t word : done->results) mix(word);
            return hash;
        }
        if (const Trap* trap = std::get_if<Trap>(&outcome)) {
            mix(static_cast<std::uint64_t>(trap->kind) + 1000);
            mix(trap->code_offset);
            return hash;
        }
        if (std::holds_alternative<Suspended>(outcome)) return hash + 7;
        if (left <= 0) {
            instance.abandon();
            return hash + 9;
        }
    }
}

std::uint64_t run_all(const Module& module, std::int32_t slice) {
    static constexpr std::uint8_t kI32[] = {0x7f};
    const HostFunction host[] = {{"env", "f", {kI32, kI32}, host_add, nullptr}};
    InstanceLimits limits;
    limits.memory_bytes_max = 4 * 65536;
    limits.stack_bytes = 4096;
    limits.table_entries_max = 64;
    const std::uint64_t needed = Instance::bytes_needed(module, limits);
    if (needed > (1u << 20)) return 0;
    Area arena(static_cast<std::size_t>(needed) + 65536 + 8);
    Instance* registry[4] = {};
    auto instance = Instance::create(module, {host, {}, registry}, arena.span(), limits);
    if (!instance) return 1;
    std::uint64_t hash = 0;
    if ((*instance)->busy()) hash = finish(**instance, slice);
    for (std::uint32_t i = 0; i < module.export_count() && i < 16; ++i) {
        const Export what = module.export_at(i);
        if (what.kind != ExternKind::kFunction) continue;
        std::vector<std::uint32_t> arguments(slots_of(module.function_type(what.index).params));
        for (std::size_t k = 0; k < arguments.size(); ++k) arguments[k] = static_cast<std::uint32_t>(k * 0x9e3779b9u);
        if ((*instance)->start(what.index, arguments)) hash = hash * 31 + finish(**instance, slice);
    }
    if (const MutableBytes memory =
            (*instance)->memory().at(0, 0)
                ? *(*instance)->memory().at(0, static_cast<std::uint32_t>((*instance)->memory().size()))
                : MutableBytes{};
        !memory.empty()) {
        for (std::uint8_t b : memory) hash = (hash ^ b) * 1099511628211ull;
    }
    return hash;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::uint8_t> wasm(data, data + size);
    Area image(1 << 16);
    Area scratch(1 << 14);
    const auto module = translate(wasm, image.span(), scratch.span());
    if (!module) return 0;
    const std::uint64_t whole = run_all(*module, kFuel);
    const std::uint64_t sliced = run_all(*module, 3);
    if (whole != sliced) std::abort();
    return 0;
}
