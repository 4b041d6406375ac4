#include "core/wasm/calls.hpp"

#include <cstddef>
#include <cstring>

#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

namespace {

CallOutcome outcome(CallEnd end) {
    CallOutcome result{};
    result.end = end;
    return result;
}

CallOutcome trap(TrapKind kind, std::uint32_t code = 0) {
    CallOutcome result = outcome(CallEnd::kTrapped);
    result.trap = kind;
    result.host_code = code;
    return result;
}

std::uint32_t offset_in(const InstanceData& instance, const std::uint8_t* pc) {
    return static_cast<std::uint32_t>(pc - instance.module.image().data());
}

/// Results are at `base` afterwards, or will be.
CallOutcome call_host(InstanceData& owner, InstanceData& importer, const HostFunction& host, std::uint32_t* base) {
    HostCall call(base, importer.memory());
    const HostResult result = host.call(host.context, call);
    if (result.kind == HostResult::Kind::kTrap) return trap(TrapKind::kHost, result.code);
    if (result.kind == HostResult::Kind::kDone) return outcome(CallEnd::kGoOn);
    Activation& a = owner.activation;
    a.results = static_cast<std::uint32_t>(base - owner.stack);
    a.result_slots = slots_of(host.type.results);
    return outcome(CallEnd::kSuspended);
}

/// Pushes a frame for an own function of `target.instance`; its arguments are at `base`, the frame it returns to lies
/// `distance` slots below.
bool push_frame(InstanceData& owner, Position& at, FunctionTarget target, std::uint32_t* base, std::uint32_t return_pc,
                std::uint32_t distance) {
    const FunctionHeader& header = function_header(target.instance->module, target.function);
    const std::uint32_t* limit = owner.stack + owner.stack_slots;
    if (static_cast<std::size_t>(limit - base) < header.frame_slots) return false;
    std::uint32_t* link = base + header.param_slots;
    link[0] = return_pc;
    link[1] = distance;
    for (std::uint32_t i = 0; i < header.zero_slots; ++i) link[kLinkSlots + i] = 0;
    at.instance = target.instance;
    at.fp = base;
    at.pc = reinterpret_cast<const std::uint8_t*>(&header + 1);
    return true;
}

}  // namespace

CallOutcome call_out(InstanceData& owner, Position& at, FunctionTarget target, std::uint32_t* base, bool from_outside) {
    // Imports of imports: each step goes to an instance made earlier, so it ends.
    const HostFunction* host = nullptr;
    while (host == nullptr && target.function < target.instance->module.header().imported_functions) {
        const FunctionBinding& binding = target.instance->bindings[target.function];
        host = binding.host;
        if (host == nullptr) target = {binding.instance, binding.function};
    }
    if (!from_outside && host != nullptr) return call_host(owner, *target.instance, *host, base);
    if (!from_outside && target.instance == at.instance) {
        const auto distance = static_cast<std::uint32_t>(base - at.fp);
        const bool pushed = push_frame(owner, at, target, base, offset_in(*at.instance, at.pc), distance);
        return pushed ? outcome(CallEnd::kGoOn) : trap(TrapKind::kStackExhausted);
    }

    const FuncType type = type_of(target);
    const std::uint32_t params = slots_of(type.params);
    const std::uint32_t results = slots_of(type.results);
    const std::uint32_t most = params > results ? params : results;
    const auto room = static_cast<std::size_t>(owner.stack + owner.stack_slots - base);
    if (room < std::size_t{most} + kBoundarySlots + most) return trap(TrapKind::kStackExhausted);
    BoundaryRecord record{};
    if (!from_outside) {
        const InstanceData* caller = at.instance;
        static_assert(sizeof caller <= sizeof record.instance);
        std::memcpy(record.instance, &caller, sizeof caller);
        record.pc = offset_in(*caller, at.pc);
        record.fp = static_cast<std::uint32_t>(at.fp - owner.stack);
    }
    record.results = static_cast<std::uint32_t>(base - owner.stack);
    record.result_slots = results;
    std::memcpy(base + most, &record, sizeof record);
    std::uint32_t* callee = base + most + kBoundarySlots;
    for (std::uint32_t i = 0; i < params; ++i) callee[i] = base[i];

    // Returning goes to the exit operation with the callee's own frame, where it finds results and record.
    if (host != nullptr) {
        at = {target.instance, target.instance->module.image().data() + offsetof(ImageHeader, exit_code), callee};
        return call_host(owner, *target.instance, *host, callee);
    }
    const bool pushed = push_frame(owner, at, target, callee, offsetof(ImageHeader, exit_code), 0);
    return pushed ? outcome(CallEnd::kGoOn) : trap(TrapKind::kStackExhausted);
}

bool return_over_boundary(InstanceData& owner, Position& at) {
    BoundaryRecord record;
    std::memcpy(&record, at.fp - kBoundarySlots, sizeof record);
    InstanceData* caller = nullptr;
    std::memcpy(&caller, record.instance, sizeof caller);
    std::memmove(owner.stack + record.results, at.fp, 4 * std::size_t{record.result_slots});
    owner.activation.results = record.results;
    owner.activation.result_slots = record.result_slots;
    if (caller == nullptr) return false;
    at.instance = caller;
    at.pc = caller->module.image().data() + record.pc;
    at.fp = owner.stack + record.fp;
    return true;
}

}  // namespace wasmbed::wasm
