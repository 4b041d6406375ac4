#include "tests/wasm/own_engine.hpp"

#include "core/wasm/engine.hpp"

namespace wasmbed::wasm::test {

namespace {

constexpr std::uint64_t kFuelMax = 2'000'000'000;
constexpr std::uint32_t kStackBytes = 8 << 20;
constexpr std::uint32_t kMemoryBytesMax = 64 << 20;

struct Room {
    std::vector<std::uint64_t> words;
    explicit Room(std::size_t bytes) : words((bytes + 7) / 8) {}
    MutableBytes span() { return {reinterpret_cast<std::uint8_t*>(words.data()), 8 * words.size()}; }
};

/// Room to grow to the maximum that the module declares.
std::size_t growth(const Module& module) {
    const std::optional<MemoryType> memory = module.memory();
    if (!memory) return 0;
    const std::uint64_t most =
        memory->limits.has_max ? std::uint64_t{memory->limits.max} << memory->page_log2 : kMemoryBytesMax;
    return static_cast<std::size_t>(std::min<std::uint64_t>(most, kMemoryBytesMax));
}

std::string text_of_result(std::uint8_t type, std::span<const std::uint32_t> slots) {
    if (type == static_cast<std::uint8_t>(ValType::kI32)) return "i32:" + std::to_string(slots[0]);
    if (type == static_cast<std::uint8_t>(ValType::kI64))
        return "i64:" + std::to_string(slots[0] | std::uint64_t{slots[1]} << 32);
    return "a float or reference";
}

std::string finish(Instance& instance, const FuncType& type, std::int32_t slice) {
    for (std::uint64_t spent = 0; spent < kFuelMax; spent += static_cast<std::uint64_t>(slice)) {
        const Outcome outcome = instance.run(slice);
        if (const Trap* trap = std::get_if<Trap>(&outcome)) return std::string("trap: ") + text_of(trap->kind);
        if (const Done* done = std::get_if<Done>(&outcome))
            return type.results.size() == 1 ? text_of_result(type.results[0], done->results) : "";
    }
    instance.abandon();
    return "no end";
}

}  // namespace

std::vector<ExportRun> run_own(Bytes wasm, std::int32_t slice) {
    const auto needs = measure(wasm);
    if (!needs) return {{"", needs.error().rule}};
    Room image(needs->image_bytes);
    Room scratch(needs->scratch_bytes + 65536);
    const auto module = translate(wasm, image.span(), scratch.span());
    if (!module) return {{"", module.error().rule}};
    InstanceLimits limits;
    limits.stack_bytes = kStackBytes;
    limits.memory_bytes_max = kMemoryBytesMax;
    limits.table_entries_max = 1000;
    Room arena(static_cast<std::size_t>(Instance::bytes_needed(*module, limits)) + growth(*module));
    const auto created = Instance::create(*module, {}, arena.span(), limits);
    if (!created) return {{"", created.error().rule}};
    Instance& instance = **created;
    std::vector<ExportRun> runs;
    if (instance.busy()) (void)finish(instance, {}, slice);
    for (std::uint32_t i = 0; i < module->export_count(); ++i) {
        const Export what = module->export_at(i);
        if (what.kind != ExternKind::kFunction) continue;
        const FuncType type = module->function_type(what.index);
        if (!type.params.empty()) continue;
        const bool started = instance.start(what.index, {}).has_value();
        runs.push_back({std::string(what.name), started ? finish(instance, type, slice) : "not started"});
    }
    return runs;
}

}  // namespace wasmbed::wasm::test
