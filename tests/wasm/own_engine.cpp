#include "tests/wasm/own_engine.hpp"

#include <optional>

#include "core/wasm/engine.hpp"
#include "core/wasm/image.hpp"
#include "core/wasm/module_view.hpp"
#include "core/wasm/snapshot.hpp"
#include "core/wasm/test_room.hpp"

namespace wasmbed::wasm::test {

namespace {

constexpr std::uint64_t kFuelMax = 2'000'000'000;
// Generated functions call each other up to 600 deep, with frames of up to 560 slots: wasm-interp has room for that.
constexpr std::uint32_t kStackBytes = 2 << 20;
constexpr std::uint32_t kMemoryBytesMax = 2 << 20;
constexpr std::uint32_t kMoreScratch = 65536;  ///< beyond what `measure` says: generated functions nest deeply

/// Room for each memory to grow to the maximum that the module declares for the first.
std::size_t growth(const Module& module) {
    const std::optional<MemoryType> memory = module.memory();
    if (!memory) return 0;
    const std::uint64_t most =
        memory->limits.has_max ? std::uint64_t{memory->limits.max} << memory->page_log2 : kMemoryBytesMax;
    return static_cast<std::size_t>(std::min<std::uint64_t>(most * module.header().memory_count, kMemoryBytesMax));
}

std::string text_of_result(std::uint8_t type, std::span<const std::uint32_t> slots) {
    if (type == static_cast<std::uint8_t>(ValType::kI32)) return "i32:" + std::to_string(slots[0]);
    if (type == static_cast<std::uint8_t>(ValType::kI64))
        return "i64:" + std::to_string(slots[0] | std::uint64_t{slots[1]} << 32);
    return "a float or reference";
}

/// A module and the instance of it that runs; `move` puts another in its place.
class Runner {
  public:
    explicit Runner(const Module& module) : module_(module) {
        limits_.stack_bytes = kStackBytes;
        limits_.memory_bytes_max = kMemoryBytesMax;
        limits_.table_entries_max = 1000;
    }

    /// Empty, or why not.
    std::string create() {
        rooms_[which_].emplace(static_cast<std::size_t>(Instance::bytes_needed(module_, limits_)) + growth(module_));
        const auto created = Instance::create(module_, {}, rooms_[which_]->span(), limits_);
        if (!created) return text_of(created.error().rule);
        instance_ = *created;
        return "";
    }
    bool move() {
        std::vector<std::uint8_t> snapshot(static_cast<std::size_t>(snapshot_bytes(*instance_)));
        if (!save_snapshot(*instance_, snapshot)) return false;
        which_ ^= 1;
        if (!create().empty()) return false;
        instance_->abandon();  // a start function, which the other one has run
        rooms_[which_ ^ 1].reset();
        return restore_snapshot(*instance_, snapshot).has_value();
    }
    Instance& instance() { return *instance_; }

  private:
    const Module& module_;
    InstanceLimits limits_;
    std::optional<Room> rooms_[2];
    unsigned which_ = 0;
    Instance* instance_ = nullptr;
};

/// How a module is run.
struct Way {
    std::int32_t slice;
    std::size_t* moves = nullptr;  ///< null: in one instance
    bool details = false;          ///< outcomes with those of report_on
};

/// FNV-1a by words, the size included; 0 without a memory.
std::uint32_t sum_of(const GuestMemory& memory) {
    auto sum = static_cast<std::uint32_t>(memory.size());
    for (std::uint32_t at = 0; at + 4 <= memory.size(); at += 4) {
        sum = (sum ^ memory.load<std::uint32_t>(at).value_or(0)) * 16777619u;
    }
    return sum;
}

/// The function, and the instruction's offset in the module: images differ between builds.
std::string place_of(const Module& module, const Trap& trap) {
    const auto needs = measure(module.wasm());
    Room work(needs->image_bytes + needs->scratch_bytes + kMoreScratch);
    const std::optional<std::uint32_t> at = locate(module, trap.code_offset, work.span());
    return std::to_string(trap.function) + ":" + (at ? std::to_string(*at) : "nowhere");
}

/// Runs what was started to its end.
std::string finish(Runner& runner, const FuncType& type, Way way) {
    std::uint64_t given = 0;
    const auto detailed = [&](const std::string& outcome) {
        if (!way.details) return outcome;
        const std::uint64_t spent = given - static_cast<std::uint64_t>(std::int64_t{runner.instance().fuel_left()});
        return outcome + ", " + std::to_string(spent) + " units, memory " +
               std::to_string(sum_of(runner.instance().memory()));
    };
    while (given < kFuelMax) {
        const Outcome outcome = runner.instance().run(way.slice);
        given += static_cast<std::uint64_t>(way.slice);
        if (const Trap* trap = std::get_if<Trap>(&outcome)) {
            const std::string what = std::string("trap: ") + text_of(trap->kind);
            return detailed(way.details ? what + " at " + place_of(runner.instance().module(), *trap) : what);
        }
        if (const Done* done = std::get_if<Done>(&outcome))
            return detailed(type.results.size() == 1 ? text_of_result(type.results[0], done->results) : "");
        if (way.moves == nullptr) continue;
        if (!runner.move()) return "not moved";
        ++*way.moves;
        way.slice += way.slice / 4 + 1;
    }
    runner.instance().abandon();
    return "no end";
}

/// Several memories, where the engine is built with them.
Features features() {
#if WASMBED_WASM_MULTI_MEMORY
    return {.multiple_memories = true};
#else
    return {};
#endif
}

std::vector<ExportRun> run(Bytes wasm, const Way& way) {
    const auto needs = measure(wasm);
    if (!needs) return {{"", text_of(needs.error().rule)}};
    Room image(needs->image_bytes);
    Room scratch(needs->scratch_bytes + kMoreScratch);
    const auto module = translate(wasm, image.span(), scratch.span(), features());
    if (!module) return {{"", text_of(module.error().rule)}};
    Runner runner(*module);
    if (const std::string why = runner.create(); !why.empty()) return {{"", why}};
    std::vector<ExportRun> runs;
    if (runner.instance().busy()) (void)finish(runner, {}, way);
    for (std::uint32_t i = 0; i < module->export_count(); ++i) {
        const Export what = module->export_at(i);
        if (what.kind != ExternKind::kFunction) continue;
        const FuncType type = module->function_type(what.index);
        if (!type.params.empty()) continue;
        const bool started = runner.instance().start(what.index, {}).has_value();
        runs.push_back({std::string(what.name), started ? finish(runner, type, way) : "not started"});
    }
    return runs;
}

}  // namespace

std::vector<ExportRun> run_own(Bytes wasm, std::int32_t slice) {
    return run(wasm, {slice});
}

std::string report_on(Bytes wasm, std::int32_t slice) {
    std::string report;
    for (const ExportRun& run : run(wasm, {.slice = slice, .details = true})) {
        report += run.name + " => " + run.outcome + "\n";
    }
    return report;
}

std::vector<ExportRun> run_moving(Bytes wasm, std::int32_t first_slice, std::size_t& moves) {
    return run(wasm, {first_slice, &moves});
}

}  // namespace wasmbed::wasm::test
