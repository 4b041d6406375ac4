#include "tests/resume/program.hpp"

#include <algorithm>
#include <set>

#include "core/wasm/backtrace.hpp"
#include "core/wasm/instance_data.hpp"
#include "core/wasm/snapshot.hpp"
#include "tests/resume/interrupter.hpp"

namespace wasmbed::resume {

using namespace wasmbed::wasm;

namespace {

constexpr std::size_t kGrowthBytes = 128 * 1024;
constexpr std::size_t kScratchBytes = 64 * 1024;

InstanceLimits limits() {
    InstanceLimits result;
    result.stack_bytes = 32 * 1024;
    return result;
}

}  // namespace

Program::Program(const std::vector<std::uint8_t>& wasm) : wasm_(wasm), image_(2 * wasm.size() + 4096) {
    Room scratch(kScratchBytes);
    const auto module = translate(wasm_, image_.span(), scratch.span());
    if (!module) {
        refusal_ = text_of(module.error().rule);
        return;
    }
    module_ = *module;
    for (const char* name : {"digest", "_start"}) {
        if (entry_.empty() && module_->find_export(name)) entry_ = name;
    }
    if (entry_.empty()) refusal_ = "exports neither digest nor _start";
    imports_.reserve(module_->import_count());  // the functions below point to them
    for (std::uint32_t i = 0; i < module_->import_count(); ++i) {
        const wasm::Import import = module_->import(i);
        if (import.kind != ExternKind::kFunction) refusal_ = "imports more than functions";
        imports_.push_back({this, slots_of(import.function.results)});
        host_.push_back({import.module, import.name, import.function, answer, &imports_.back()});
    }
    for (Room* arena : {&arena_, &other_arena_})
        *arena = Room(static_cast<std::size_t>(Instance::bytes_needed(*module_, limits())) + kGrowthBytes);
}

HostResult Program::answer(void* context, HostCall& call) {
    const Import& import = *static_cast<const Import*>(context);
    Program& program = *import.program;
    if (program.suspend_) {
        program.awaited_slots_ = import.result_slots;
        return HostResult::suspend();
    }
    std::uint32_t slots[16];
    program.answers(slots, import.result_slots);
    for (std::uint32_t i = 0; i < import.result_slots; ++i) call.set_u32(i, slots[i]);
    return HostResult::done();
}

void Program::answers(std::uint32_t* slots, std::uint32_t count) {
    ++answered_;
    for (std::uint32_t i = 0; i < count; ++i) slots[i] = (answered_ + i) * 2654435761u >> 16;
}

void Program::complete(Instance& instance) {
    std::uint32_t slots[16];
    answers(slots, awaited_slots_);
    (void)instance.complete({slots, awaited_slots_});
}

Instance* Program::create(Room& arena) {
    std::ranges::fill(arena.span(), std::uint8_t{0xa5});
    return *Instance::create(*module_, {host_, {}, {}}, arena.span(), limits());
}

Instance* Program::start() {
    answered_ = 0;
    Instance* instance = create(arena_);
    while (instance->busy()) (void)instance->run(1000);  // the module's start function
    (void)instance->start(entry_, {});
    return instance;
}

End Program::end(Instance& instance, const Outcome& outcome, std::int64_t spent) {
    End result;
    result.spent = spent;
    if (const Done* done = std::get_if<Done>(&outcome)) {
        result.outcome = "returned";
        for (const std::uint32_t slot : done->results) result.outcome += " " + std::to_string(slot);
    } else if (const Trap* trap = std::get_if<Trap>(&outcome)) {
        result.outcome = std::string(text_of(trap->kind)) + " at " + std::to_string(trap->code_offset);
    } else {
        result.outcome = std::holds_alternative<Suspended>(outcome) ? "suspended" : "out of fuel";
    }
    Frame frames[8];
    const std::uint32_t depth = std::min<std::uint32_t>(backtrace(instance, frames), std::size(frames));
    for (std::uint32_t i = 0; i < depth; ++i) result.frames.push_back(frames[i].code_offset);
    // Numbers that mean nothing between two runs may differ.
    data_of(instance).activation = {};
    result.state.resize(static_cast<std::size_t>(snapshot_bytes(instance)));
    if (!save_snapshot(instance, result.state)) result.outcome += ", and no snapshot";
    return result;
}

End Program::run_whole(std::int64_t fuel) {
    Instance& instance = *start();
    const Outcome outcome = instance.run(static_cast<std::int32_t>(fuel));
    return end(instance, outcome, fuel - instance.fuel_left());
}

/// The state of `instance` in a new one; null if it cannot be moved.
Instance* Program::moved(const Instance& instance, Room& arena) {
    std::vector<std::uint8_t> snapshot(static_cast<std::size_t>(snapshot_bytes(instance)));
    if (!save_snapshot(instance, snapshot)) return nullptr;
    Instance* other = create(arena);
    other->abandon();  // the module's start function has been run
    return restore_snapshot(*other, snapshot) ? other : nullptr;
}

End Program::run_moved(std::int64_t fuel, std::size_t moves_max, std::size_t& moves) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;  // function, code offset
    Room* arenas[] = {&arena_, &other_arena_};
    Instance* instance = start();
    Outcome outcome = OutOfFuel{};
    std::int64_t given = 0;
    for (moves = 0; given < fuel && std::holds_alternative<OutOfFuel>(outcome);) {
        outcome = instance->run(1);
        ++given;
        const auto point = suspension_point(*instance);
        if (moves == moves_max || !point || !places.insert({point->function, point->code_offset}).second) continue;
        ++moves;
        instance = moved(*instance, *arenas[moves % 2]);
        if (instance == nullptr) return {"not moved", {}, {}, 0};
    }
    return end(*instance, outcome, given - instance->fuel_left());
}

End Program::run_suspended(std::int64_t fuel) {
    suspend_ = true;
    Instance& instance = *start();
    std::int64_t left = fuel;
    Outcome outcome = instance.run(static_cast<std::int32_t>(left));
    while (std::holds_alternative<Suspended>(outcome)) {
        left = instance.fuel_left();
        complete(instance);
        outcome = instance.run(static_cast<std::int32_t>(std::max<std::int64_t>(left, 0)));
    }
    suspend_ = false;
    return end(instance, outcome, fuel - instance.fuel_left());
}

End Program::run_interrupted(std::int64_t fuel, unsigned& cuts) {
    Instance& instance = *start();
    Interruptible interruptible(instance);
    const Interrupter interrupter(interruptible);
    Outcome outcome = OutOfFuel{};
    std::int64_t left = fuel;
    while (std::holds_alternative<OutOfFuel>(outcome) && left > 0) {
        if (cuts < 4) interruptible.interrupt();  // as early as can be; from then on the Interrupter does
        outcome = interruptible.run(static_cast<std::int32_t>(left));
        left = interruptible.fuel_left();
        if (std::holds_alternative<OutOfFuel>(outcome) && left > 0) ++cuts;
    }
    return end(instance, outcome, fuel - left);
}

}  // namespace wasmbed::resume
