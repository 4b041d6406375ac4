// The state of a core while it runs.
#pragma once

#include "core/wasm/calls.hpp"
#include "core/wasm/module_view.hpp"
#include "core/wasm/numeric.hpp"
#include "core/wasm/registers.hpp"

namespace wasmbed::wasm {

/// Written back to the activation when it stops.
struct Core {
    InstanceData& owner;
    InstanceData* instance;
    const u8* image;
    const u8* pc;
    u32* fp;
    s32 fuel;
    u8* memory;
    std::size_t memory_size;

    explicit Core(InstanceData& of) : owner(of) {
        const Activation& a = of.activation;
        enter(Position{a.instance, a.instance->module.image().data() + a.pc, of.stack + a.fp});
        fuel = a.fuel;
    }
    void enter(const Position& at) {
        instance = at.instance;
        pc = at.pc;
        fp = at.fp;
        image = instance->module.image().data();
        view_memory();
    }
    void view_memory() {
        memory = instance->memory_data == nullptr ? nullptr : instance->memory_data->bytes;
        memory_size = instance->memory_data == nullptr ? 0 : static_cast<std::size_t>(instance->memory_data->size);
    }
#if WASMBED_WASM_MULTI_MEMORY
    /// Another memory than the first, for the next load or store only.
    void view_memory(const MemoryData& of) {
        memory = of.bytes;
        memory_size = static_cast<std::size_t>(of.size);
    }
#endif
#if WASMBED_WASM_REGISTER_CORE
    void view_registers(Registers& r) const {
        const auto limit = [this](std::size_t bytes) {
            return static_cast<u32>(memory_size >= bytes ? memory_size - bytes + 1 : 0);
        };
        r.memory = memory;
        r.limit_8 = limit(1);
        r.limit_16 = limit(2);
        r.limit_32 = limit(4);
        r.limit_64 = limit(8);
        r.image = image;
        const ImageHeader& h = instance->module.header();
        r.functions = &at_offset<u32>(image, h.functions_at);
        r.tables = instance->tables;
        r.first_ref = make_ref(*instance, h.imported_functions);
        r.function_count = h.function_count - h.imported_functions;
        r.stack_end = stack_end();
        r.globals = instance->globals;
    }
#endif
    Position position(const u8* at_pc) const { return {instance, at_pc, fp}; }

    void save(Activation::State state) {
        Activation& a = owner.activation;
        a.state = state;
        a.instance = instance;
        a.pc = static_cast<u32>(pc - image);
        a.fp = static_cast<u32>(fp - owner.stack);
        a.fuel = fuel;
    }
    Outcome done() {
        Activation& a = owner.activation;
        a.state = Activation::State::kIdle;
        a.pc = 0;  // no frames are left (backtrace.hpp)
        a.fuel = fuel;
        return Done{{owner.stack + a.results, a.result_slots}};
    }
    Outcome out_of_fuel() {
        save(Activation::State::kRunning);
        return OutOfFuel{};
    }
    Outcome suspended() {
        save(Activation::State::kSuspended);
        return Suspended{};
    }
    Outcome trapped(TrapKind kind, u32 host_code) {
        save(Activation::State::kIdle);
        const u32 offset = owner.activation.pc;
        return Trap{kind, host_code, function_at(instance->module, offset), offset, instance};
    }

    u32 table_entry(u32 table, u32 index, bool& ok) const {
        const TableData& t = *instance->tables[table];
        ok = index < t.size;
        return ok ? t.entries[index] : 0;
    }
    /// The `index`-th own function.
    const FunctionHeader& own(u32 index) const {
        const u32* offsets = &at_offset<u32>(image, at_offset<ImageHeader>(image, 0).functions_at);
        return at_offset<FunctionHeader>(image, offsets[index]);
    }
    u32* stack_end() const { return owner.stack + owner.stack_slots; }
};

}  // namespace wasmbed::wasm
