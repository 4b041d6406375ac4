// Any module that loads: instantiating it and calling all it exports stays inside the arena, a heap block of exactly
// its size that the address sanitizer watches, and ends with the fuel. However a run is cut into slices, wherever it
// lies and whatever was in the arena before: outcomes, results, fuel spent, memory and globals are the same.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/wasm/engine.hpp"

namespace {

using namespace wasmbed;
using namespace wasmbed::wasm;

constexpr std::int32_t kFuel = 2000;
constexpr std::uint32_t kStackBytes = 4096;
constexpr std::uint64_t kArenaBytesMax = 1 << 20;

struct Area {
    std::vector<std::uint64_t> words;
    Area(std::size_t bytes, std::uint8_t garbage) : words((bytes + 7) / 8, garbage * 0x0101010101010101u) {}
    MutableBytes span() { return {reinterpret_cast<std::uint8_t*>(words.data()), 8 * words.size()}; }
};

/// How a run is made; nothing of it may show in its digest.
struct Way {
    std::int32_t slice;
    std::uint8_t garbage;
};

class Digest {
  public:
    void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 1099511628211ull; }
    std::uint64_t value() const { return hash_; }

  private:
    std::uint64_t hash_ = 14695981039346656037ull;
};

HostResult add(void*, HostCall& call) {
    call.set_u32(0, call.u32(0) + 1);
    return HostResult::done();
}
HostResult wait(void*, HostCall&) {
    return HostResult::suspend();
}
HostResult note(void*, HostCall& call) {
    return call.u32(0) % 16 == 5 ? HostResult::trap(call.u32(0)) : HostResult::done();
}

constexpr std::uint8_t kI32[] = {0x7f};
constexpr std::uint8_t kI64[] = {0x7e};
constexpr std::uint8_t kNoteParams[] = {0x7f, 0x7c};
const HostFunction kHost[] = {{"env", "add", {kI32, kI32}, add, nullptr},
                              {"env", "wait", {kI64, kI64}, wait, nullptr},
                              {"env", "note", {kNoteParams, {}}, note, nullptr}};

// (module (global (export "seed") i32 (i32.const 7)))
constexpr std::uint8_t kSeed[] = {0,    'a', 's',  'm', 1, 0, 0, 0,   6,   6,   1,   0x7f, 0,
                                  0x41, 7,   0x0b, 7,   8, 1, 4, 's', 'e', 'e', 'd', 3,    0};

/// Runs to the end in slices, or until kFuel is spent.
void finish(Instance& instance, const Way& way, Digest& digest) {
    std::int32_t granted = 0;
    for (;;) {
        const std::int32_t slice = std::min(way.slice, kFuel - granted);
        const Outcome outcome = instance.run(slice);
        granted += slice;
        if (const Done* done = std::get_if<Done>(&outcome)) {
            for (const std::uint32_t word : done->results) digest.mix(word);
            return digest.mix(static_cast<std::uint64_t>(granted - instance.fuel_left()));
        }
        if (const Trap* trap = std::get_if<Trap>(&outcome)) {
            digest.mix(static_cast<std::uint64_t>(trap->kind) << 32 | trap->code_offset);
            digest.mix(trap->function);
            return digest.mix(static_cast<std::uint64_t>(granted - instance.fuel_left()));
        }
        if (std::holds_alternative<Suspended>(outcome)) {
            const auto spent = static_cast<std::uint32_t>(granted - instance.fuel_left());
            granted -= std::max(instance.fuel_left(), 0);  // the rest of the slice lapses
            const std::uint32_t results[] = {0x1234, spent};
            if (!instance.complete(results)) std::abort();
        }
        if (granted >= kFuel) {
            instance.abandon();
            return digest.mix(9);
        }
    }
}

std::uint64_t run_all(const Module& module, const Module& seed, const Way& way) {
    InstanceLimits limits;
    limits.memory_bytes_max = 4 * 65536;
    limits.stack_bytes = kStackBytes;
    limits.table_entries_max = 64;
    Instance* registry[4] = {};
    Area seed_arena(1 << 12, way.garbage);
    InstanceLimits seed_limits;
    seed_limits.stack_bytes = 64;
    const auto giver = Instance::create(seed, {{}, {}, registry}, seed_arena.span(), seed_limits);
    if (!giver) std::abort();
    const NamedInstance named[] = {{"env", *giver}};

    const std::uint64_t needed = Instance::bytes_needed(module, limits);
    if (needed > kArenaBytesMax) return 0;
    // At times no room to grow: then memory ends where the sanitizer's red zone begins.
    const std::size_t room = module.wasm().back() % 2 == 0 ? 0 : 65536 + 16;
    Area arena(static_cast<std::size_t>(needed) + room, way.garbage);
    const auto created = Instance::create(module, {kHost, named, registry}, arena.span(), limits);
    Digest digest;
    if (!created) {
        digest.mix(static_cast<std::uint64_t>(created.error().kind));
        return digest.value();
    }
    Instance& instance = **created;
    if (instance.busy()) finish(instance, way, digest);
    for (std::uint32_t i = 0; i < module.export_count() && i < 16; ++i) {
        const Export what = module.export_at(i);
        if (what.kind == ExternKind::kGlobal) digest.mix(*instance.global(what.name));
        if (what.kind != ExternKind::kFunction) continue;
        std::vector<std::uint32_t> arguments(slots_of(module.function_type(what.index).params));
        for (std::size_t k = 0; k < arguments.size(); ++k) arguments[k] = static_cast<std::uint32_t>(k * 0x9e3779b9u);
        if (instance.start(what.index, arguments)) finish(instance, way, digest);
    }
    const GuestMemory memory = instance.memory();
    digest.mix(memory.size());
    if (const auto bytes = memory.at(0, static_cast<std::uint32_t>(memory.size()))) {
        for (const std::uint8_t b : *bytes) digest.mix(b);
    }
    return digest.value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Area seed_image(1 << 10, 0);
    static Area seed_scratch(1 << 13, 0);
    static const auto seed = translate(kSeed, seed_image.span(), seed_scratch.span());
    if (!seed) std::abort();
    const std::vector<std::uint8_t> wasm(data, data + size);
    Area image(1 << 15, 0x11);
    Area scratch(1 << 13, 0x22);
    const auto module = translate(wasm, image.span(), scratch.span());
    if (!module) return 0;
    const std::uint64_t whole = run_all(*module, *seed, {kFuel, 0});
    const std::uint64_t sliced = run_all(*module, *seed, {1 + data[size - 1] % 7, 0xa5});
    if (whole != sliced) std::abort();
    return 0;
}
