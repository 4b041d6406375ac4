// Any module that loads: instantiating it and calling all it exports stays inside the arena, a heap block of exactly
// its size that the address sanitizer watches, and ends with the fuel. However a run is cut into slices, moved to a
// fresh instance by snapshots between them, and whatever was in the arena before: outcomes, results, fuel spent, memory
// and globals are the same.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "core/wasm/engine.hpp"
#include "core/wasm/host_binding.hpp"
#include "core/wasm/image.hpp"
#include "core/wasm/snapshot.hpp"

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
    unsigned moves_every;  ///< slices; 0: never
};

class Digest {
  public:
    void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 1099511628211ull; }
    std::uint64_t value() const { return hash_; }

  private:
    std::uint64_t hash_ = 14695981039346656037ull;
};

struct Nothing {};
Nothing nothing;

std::uint32_t add(Nothing&, std::uint32_t x) {
    return x + 1;
}
HostReturn<std::uint64_t> wait(Nothing&, std::uint64_t) {
    return HostReturn<std::uint64_t>::suspend();
}
HostReturn<void> note(Nothing&, std::uint32_t code, double) {
    return code % 16 == 5 ? HostReturn<void>::trap(code) : HostReturn<void>();
}
const HostFunction kHost[] = {bind<add>("env", "add", nothing), bind<wait>("env", "wait", nothing),
                              bind<note>("env", "note", nothing)};

// (module (global (export "seed") i32 (i32.const 7)))
constexpr std::uint8_t kSeed[] = {0,    'a', 's',  'm', 1, 0, 0, 0,   6,   6,   1,   0x7f, 0,
                                  0x41, 7,   0x0b, 7,   8, 1, 4, 's', 'e', 'e', 'd', 3,    0};

/// A module being run, and what showed of it.
class Run {
  public:
    Run(const Module& module, const Module& seed, const Way& way);
    std::uint64_t all();

  private:
    /// Null: not linked, or too large to be run here.
    Instance* create(std::optional<Area>& arena);
    void finish();
    void move();

    const Module& module_;
    Way way_;
    InstanceLimits limits_;
    Instance* registry_[4] = {};
    Area seed_arena_;
    NamedInstance named_[1] = {};
    std::optional<Area> arena_;
    Instance* instance_ = nullptr;
    Digest digest_;
    unsigned slices_ = 0;
};

Run::Run(const Module& module, const Module& seed, const Way& way)
    : module_(module), way_(way), seed_arena_(1 << 12, way.garbage) {
    limits_.stack_bytes = 64;
    const auto giver = Instance::create(seed, {{}, {}, registry_}, seed_arena_.span(), limits_);
    if (!giver) std::abort();
    named_[0] = {"env", *giver};
    limits_.memory_bytes_max = 4 * 65536;
    limits_.stack_bytes = kStackBytes;
    limits_.table_entries_max = 64;
}

Instance* Run::create(std::optional<Area>& arena) {
    const std::uint64_t needed = Instance::bytes_needed(module_, limits_);
    if (needed > kArenaBytesMax) return nullptr;
    // At times no room to grow: then memory ends where the sanitizer's red zone begins.
    const std::size_t room = module_.wasm().back() % 2 == 0 ? 0 : 65536 + 16;
    arena.emplace(static_cast<std::size_t>(needed) + room, way_.garbage);
    const auto created = Instance::create(module_, {kHost, named_, registry_}, arena->span(), limits_);
    return created ? *created : nullptr;
}

/// Goes on in a fresh instance, made of a snapshot of this one.
void Run::move() {
    std::vector<std::uint8_t> snapshot(static_cast<std::size_t>(snapshot_bytes(*instance_)));
    if (!save_snapshot(*instance_, snapshot)) std::abort();
    std::replace(std::begin(registry_), std::end(registry_), instance_, static_cast<Instance*>(nullptr));
    std::optional<Area> fresh;
    instance_ = create(fresh);
    if (instance_ == nullptr) std::abort();
    instance_->abandon();  // a start function
    if (!restore_snapshot(*instance_, snapshot)) std::abort();
    arena_ = std::move(fresh);
}

/// Runs to the end in slices, or until kFuel is spent.
void Run::finish() {
    std::int32_t granted = 0;
    for (;;) {
        const std::int32_t slice = std::min(way_.slice, kFuel - granted);
        const Outcome outcome = instance_->run(slice);
        granted += slice;
        const auto spent = static_cast<std::uint32_t>(granted - instance_->fuel_left());
        if (const Done* done = std::get_if<Done>(&outcome)) {
            for (const std::uint32_t word : done->results) digest_.mix(word);
            return digest_.mix(spent);
        }
        if (const Trap* trap = std::get_if<Trap>(&outcome)) {
            digest_.mix(static_cast<std::uint64_t>(trap->kind) << 32 | trap->code_offset);
            digest_.mix(trap->function);
            return digest_.mix(spent);
        }
        if (granted < kFuel && way_.moves_every != 0 && ++slices_ % way_.moves_every == 0) move();
        if (std::holds_alternative<Suspended>(outcome)) {
            granted -= std::max(instance_->fuel_left(), 0);  // the rest of the slice lapses
            const std::uint32_t results[] = {0x1234, spent};
            if (!instance_->complete(results)) std::abort();
        }
        if (granted >= kFuel) {
            instance_->abandon();
            return digest_.mix(9);
        }
    }
}

std::uint64_t Run::all() {
    instance_ = create(arena_);
    if (instance_ == nullptr) return 0;
    if (instance_->busy()) finish();
    for (std::uint32_t i = 0; i < module_.export_count() && i < 16; ++i) {
        const Export what = module_.export_at(i);
        if (what.kind == ExternKind::kGlobal) digest_.mix(*instance_->global(what.name));
        if (what.kind != ExternKind::kFunction) continue;
        std::vector<std::uint32_t> arguments(slots_of(module_.function_type(what.index).params));
        for (std::size_t k = 0; k < arguments.size(); ++k) arguments[k] = static_cast<std::uint32_t>(k * 0x9e3779b9u);
        if (instance_->start(what.index, arguments)) finish();
    }
    for (std::uint32_t i = 0; i == 0 || i < module_.header().memory_count; ++i) {
        const GuestMemory memory = instance_->memory(i);
        digest_.mix(memory.size());
        const auto bytes = memory.at(0, static_cast<std::uint32_t>(memory.size()));
        for (const std::uint8_t b : bytes.value_or(MutableBytes{})) digest_.mix(b);
    }
    return digest_.value();
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
    const auto module = translate(wasm, image.span(), scratch.span(), {.multiple_memories = true});
    if (!module) return 0;
    const std::uint64_t whole = Run(*module, *seed, {kFuel, 0, 0}).all();
    const std::uint64_t sliced = Run(*module, *seed, {1 + data[size - 1] % 7, 0xa5, 16}).all();
    if (whole != sliced) std::abort();
    return 0;
}
