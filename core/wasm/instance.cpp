#include "core/wasm/instance.hpp"

#include "core/wasm/instance_data.hpp"
#include "core/wasm/interpreter.hpp"

namespace wasmbed::wasm {

std::optional<MutableBytes> GuestMemory::at(std::uint32_t address, std::uint32_t length) const {
    if (address > bytes_.size() || length > bytes_.size() - address) return std::nullopt;
    return bytes_.subspan(address, length);
}

const char* text_of(TrapKind kind) {
    switch (kind) {
        case TrapKind::kUnreachable:
            return "unreachable";
        case TrapKind::kIntegerDivideByZero:
            return "integer divide by zero";
        case TrapKind::kIntegerOverflow:
            return "integer overflow";
        case TrapKind::kInvalidConversion:
            return "invalid conversion to integer";
        case TrapKind::kMemoryOutOfBounds:
            return "out of bounds memory access";
        case TrapKind::kTableOutOfBounds:
            return "out of bounds table access";
        case TrapKind::kUndefinedElement:
            return "undefined element";
        case TrapKind::kUninitializedElement:
            return "uninitialized element";
        case TrapKind::kIndirectCallType:
            return "indirect call type mismatch";
        case TrapKind::kStackExhausted:
            return "call stack exhausted";
        case TrapKind::kHost:
            return "host function failed";
    }
    return "unknown trap";
}

Result<void, StartError> Instance::start(std::string_view export_name, std::span<const std::uint32_t> arguments) {
    const std::optional<Export> found = module().find_export(export_name);
    if (!found || found->kind != ExternKind::kFunction) return fail(StartError::kNoSuchFunction);
    return start(found->index, arguments);
}

Result<void, StartError> Instance::start(std::uint32_t function, std::span<const std::uint32_t> arguments) {
    InstanceData& data = data_of(*this);
    if (busy()) return fail(StartError::kBusy);
    if (function >= data.module.function_count()) return fail(StartError::kNoSuchFunction);
    const FuncType type = data.module.function_type(function);
    const std::uint32_t results = slots_of(type.results);
    if (arguments.size() != slots_of(type.params)) return fail(StartError::kArgumentSlots);
    if (arguments.size() > data.stack_slots || results > data.stack_slots) return fail(StartError::kStackTooSmall);
    for (std::size_t i = 0; i < arguments.size(); ++i) data.stack[i] = arguments[i];
    Activation& a = data.activation;
    a = {};
    a.state = Activation::State::kEntering;
    a.instance = &data;
    a.function = function;
    a.result_slots = results;
    return {};
}

Outcome Instance::run(std::int32_t fuel) {
    InstanceData& data = data_of(*this);
    Activation& a = data.activation;
    switch (a.state) {
        case Activation::State::kIdle:
            return Done{};
        case Activation::State::kSuspended:
            return Suspended{};
        default:
            break;
    }
    const std::int32_t debt = a.fuel < 0 ? a.fuel : 0;
    a.fuel = fuel + debt;
    if (a.fuel < 0) return OutOfFuel{};
    return interpret(data);
}

bool Instance::complete(std::span<const std::uint32_t> results) {
    InstanceData& data = data_of(*this);
    Activation& a = data.activation;
    if (a.state != Activation::State::kSuspended || results.size() != a.result_slots) return false;
    for (std::size_t i = 0; i < results.size(); ++i) data.stack[a.results + i] = results[i];
    a.state = Activation::State::kRunning;
    return true;
}

void Instance::abandon() {
    Activation& a = data_of(*this).activation;
    a.state = Activation::State::kIdle;
    a.fuel = 0;
}

bool Instance::busy() const {
    return data_of(*this).activation.state != Activation::State::kIdle;
}

std::int32_t Instance::fuel_left() const {
    return data_of(*this).activation.fuel;
}

GuestMemory Instance::memory() const {
    const MemoryData* memory = data_of(*this).memory_data;
    if (memory == nullptr) return {};
    return GuestMemory({memory->bytes, static_cast<std::size_t>(memory->size)});
}

#if WASMBED_WASM_MULTI_MEMORY
GuestMemory Instance::memory(std::uint32_t index) const {
    const InstanceData& data = data_of(*this);
    if (index >= data.module.header().memory_count) return {};
    const MemoryData& memory = *data.memories[index];
    return GuestMemory({memory.bytes, static_cast<std::size_t>(memory.size)});
}
#endif

const Module& Instance::module() const {
    return data_of(*this).module;
}

std::optional<std::uint64_t> Instance::global(std::string_view export_name) const {
    const std::optional<Export> found = module().find_export(export_name);
    if (!found || found->kind != ExternKind::kGlobal) return std::nullopt;
    const std::uint32_t* cell = data_of(*this).globals[found->index];
    return cell[0] | std::uint64_t{cell[1]} << 32;
}

}  // namespace wasmbed::wasm
