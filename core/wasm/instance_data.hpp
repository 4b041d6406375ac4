// What an instance consists of, behind the Instance interface. All of it lies in the instance's arena.
#pragma once

#include <cstdint>

#include "core/wasm/image.hpp"
#include "core/wasm/instance.hpp"

namespace wasmbed::wasm {

struct InstanceData;

struct MemoryData {
    std::uint8_t* bytes;
    std::uint64_t size;      ///< bytes the guest may access
    std::uint64_t reserved;  ///< bytes it may grow to
    std::uint32_t pages;
    MemoryType type;
};

struct TableData {
    Ref* entries;
    std::uint32_t size;
    std::uint32_t reserved;  ///< entries it may grow to
    TableType type;
};

/// What an imported function stands for: a host function, or a function of another instance.
struct FunctionBinding {
    const HostFunction* host;
    InstanceData* instance;
    std::uint32_t function;
};

/// A call in progress, between two slices.
struct Activation {
    enum class State : std::uint8_t {
        kIdle,
        kEntering,   ///< started, arguments in place, not run yet
        kRunning,    ///< between two operations
        kSuspended,  ///< a host call awaits its results
    };
    State state;
    InstanceData* instance;  ///< whose code is running: this one, or one it calls into
    std::uint32_t function;  ///< kEntering: what to call
    std::uint32_t pc;        ///< offset in that instance's image
    std::uint32_t fp;        ///< slot index in this instance's stack
    std::uint32_t results;   ///< kSuspended: slot index of the call's results; after the end: of the results
    std::uint32_t result_slots;
    std::int32_t fuel;
};

struct InstanceData : Instance {
    explicit InstanceData(const Module& source) : module(source) {}

    Module module;
    std::uint32_t id = 0;
    std::span<Instance*> registry;

#if WASMBED_WASM_MULTI_MEMORY
    MemoryData* own_memory = nullptr;  ///< as many as the module defines
    MemoryData** memories = nullptr;   ///< all, own or imported
#else
    MemoryData own_memory[1]{};
#endif
    MemoryData* memory_data = nullptr;  ///< the first, own or imported; null without one
    std::uint32_t** globals = nullptr;  ///< cells of two words, own or imported
    TableData** tables = nullptr;
    FunctionBinding* bindings = nullptr;
    std::uint8_t* dropped_data = nullptr;  ///< a flag each
    std::uint8_t* dropped_elements = nullptr;

    std::uint32_t* stack = nullptr;
    std::uint32_t stack_slots = 0;
    Activation activation{};
};

inline InstanceData& data_of(Instance& instance) {
    return static_cast<InstanceData&>(instance);
}
inline const InstanceData& data_of(const Instance& instance) {
    return static_cast<const InstanceData&>(instance);
}

/// The `index`-th memory's place in the instance; index < memory_count.
inline MemoryData*& memory_at(InstanceData& data, [[maybe_unused]] std::uint32_t index) {
#if WASMBED_WASM_MULTI_MEMORY
    return data.memories[index];
#else
    return data.memory_data;
#endif
}

// Function references: instance id in the high half, function index in the low, plus one.
inline Ref make_ref(const InstanceData& instance, std::uint32_t function) {
    return (instance.id << 16 | function) + 1;
}

struct FunctionTarget {
    InstanceData* instance;
    std::uint32_t function;
};
/// What a non-null function reference names. The instance is null if there is no such function (any more): embedders
/// may pass numbers of their own as references.
inline FunctionTarget resolve(InstanceData& from, Ref ref) {
    const std::uint32_t id = (ref - 1) >> 16;
    const std::uint32_t function = (ref - 1) & 0xffff;
    InstanceData* instance = id == from.id ? &from : nullptr;
    if (instance == nullptr && id < from.registry.size()) instance = static_cast<InstanceData*>(from.registry[id]);
    if (instance == nullptr || function >= instance->module.function_count()) return {nullptr, 0};
    return {instance, function};
}

inline FuncType type_of(const FunctionTarget& target) {
    return target.instance->module.function_type(target.function);
}

/// Bytes of a module.
struct ModuleRange {
    std::uint32_t at;
    std::uint32_t size;
};

/// Where a data segment's bytes are, or an element segment's number of items (section 5.5); what was dropped is empty.
ModuleRange data_segment(const InstanceData& instance, std::uint32_t index);
std::uint32_t element_count(const InstanceData& instance, std::uint32_t index);
/// Copies items [from, from + count) of an element segment, which are in bounds, into `to`.
void copy_elements(InstanceData& instance, std::uint32_t index, std::uint32_t from, std::uint32_t count, Ref* to);

/// Grows by `pages` pages, zeroed; the former size in pages, or 0xffffffff if that is not possible.
std::uint32_t grow_memory(MemoryData& memory, std::uint32_t pages);
/// Grows by `count` entries of `value`; the former size, or 0xffffffff.
std::uint32_t grow_table(TableData& table, std::uint32_t count, Ref value);

}  // namespace wasmbed::wasm
