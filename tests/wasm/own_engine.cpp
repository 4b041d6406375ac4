#include "tests/wasm/own_engine.hpp"

#include <optional>

#include "core/wasm/engine.hpp"
#include "core/wasm/image.hpp"
#include "core/wasm/snapshot.hpp"
#include "core/wasm/test_room.hpp"

namespace wasmbed::wasm::test {

namespace {

constexpr std::uint64_t kFuelMax = 2'000'000'000;
// Generated functions call each other up to 600 deep, with frames of up to 560 slots: wasm-interp has room for that.
constexpr std::uint32_t kStackBytes = 2 << 20;
constexpr std::uint32_t kMemoryBytesMax = 2 << 20;

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
        if (!created) return created.error().rule;
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

/// Runs what was started to its end. `moves` null: in one instance.
std::string finish(Runner& runner, const FuncType& type, std::int32_t slice, std::size_t* moves) {
    for (std::uint64_t spent = 0; spent < kFuelMax; spent += static_cast<std::uint64_t>(slice)) {
        const Outcome outcome = runner.instance().run(slice);
        if (const Trap* trap = std::get_if<Trap>(&outcome)) return std::string("trap: ") + text_of(trap->kind);
        if (const Done* done = std::get_if<Done>(&outcome))
            return type.results.size() == 1 ? text_of_result(type.results[0], done->results) : "";
        if (moves == nullptr) continue;
        if (!runner.move()) return "not moved";
        ++*moves;
        slice += slice / 4 + 1;
    }
    runner.instance().abandon();
    return "no end";
}

std::vector<ExportRun> run(Bytes wasm, std::int32_t slice, std::size_t* moves) {
    const auto needs = measure(wasm);
    if (!needs) return {{"", needs.error().rule}};
    Room image(needs->image_bytes);
    Room scratch(needs->scratch_bytes + 65536);
    const auto module = translate(wasm, image.span(), scratch.span(), {.multiple_memories = true});
    if (!module) return {{"", module.error().rule}};
    Runner runner(*module);
    if (const std::string why = runner.create(); !why.empty()) return {{"", why}};
    std::vector<ExportRun> runs;
    if (runner.instance().busy()) (void)finish(runner, {}, slice, moves);
    for (std::uint32_t i = 0; i < module->export_count(); ++i) {
        const Export what = module->export_at(i);
        if (what.kind != ExternKind::kFunction) continue;
        const FuncType type = module->function_type(what.index);
        if (!type.params.empty()) continue;
        const bool started = runner.instance().start(what.index, {}).has_value();
        runs.push_back({std::string(what.name), started ? finish(runner, type, slice, moves) : "not started"});
    }
    return runs;
}

}  // namespace

std::vector<ExportRun> run_own(Bytes wasm, std::int32_t slice) {
    return run(wasm, slice, nullptr);
}

std::vector<ExportRun> run_moving(Bytes wasm, std::int32_t first_slice, std::size_t& moves) {
    return run(wasm, first_slice, &moves);
}

}  // namespace wasmbed::wasm::test
