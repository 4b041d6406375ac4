// Instantiation (section 4.5.4): lays out the arena, links imports, evaluates initialisers, copies active segments.
#include <cstring>
#include <new>

#include "core/wasm/constant_value.hpp"
#include "core/wasm/instance_data.hpp"
#include "core/wasm/memories.hpp"
#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

namespace {

constexpr std::uint64_t kAlign = 8;

/// Lays parts one behind the other; with a null base it only counts.
class Placement {
  public:
    explicit Placement(std::uint8_t* base) : base_(base) {}
    template <class T>
    T* take(std::uint32_t count) {
        return reinterpret_cast<T*>(take_bytes(count, sizeof(T)));
    }
    std::uint64_t used() const { return used_; }

  private:
    [[gnu::noinline]] std::uint8_t* take_bytes(std::uint32_t count, std::uint32_t size) {
        std::uint8_t* const result = base_ == nullptr ? nullptr : base_ + used_;
        used_ = (used_ + std::uint64_t{count} * size + kAlign - 1) & ~(kAlign - 1);
        return result;
    }

    std::uint8_t* base_;
    std::uint64_t used_ = 0;
};

std::uint32_t table_capacity(const TableType& type, const InstanceLimits& limits) {
    std::uint32_t capacity = limits.table_entries_max;
    if (type.limits.has_max && type.limits.max < capacity) capacity = type.limits.max;
    return capacity > type.limits.min ? capacity : type.limits.min;
}

std::uint32_t stack_slots(const InstanceLimits& limits) {
    return limits.stack_bytes / 4;
}

/// Places all parts but linear memory; null parts if `data` is null and only the size is wanted.
std::uint64_t place(const Module& module, const InstanceLimits& limits, std::uint8_t* base, InstanceData* data) {
    const ImageHeader& h = module.header();
    Placement at(base);
    at.take<InstanceData>(1);
    auto* bindings = at.take<FunctionBinding>(h.imported_functions);
    auto* globals = at.take<std::uint32_t*>(h.global_count);
    auto* tables = at.take<TableData*>(h.table_count);
    auto* dropped_data = at.take<std::uint8_t>(h.data_count);
    auto* dropped_elements = at.take<std::uint8_t>(h.element_count);
    auto* cells = at.take<std::uint32_t>(2u * (h.global_count - h.imported_globals));
    const std::uint32_t own_tables = h.table_count - h.imported_tables;
    auto* own = at.take<TableData>(own_tables);
    Reader r = reader_at(module, h.table_section);
    if (own_tables != 0) r.u32();
    for (std::uint32_t i = 0; i < own_tables; ++i) {
        const TableType type = read_table_type(r);
        const std::uint32_t capacity = table_capacity(type, limits);
        auto* entries = at.take<Ref>(capacity);
        if (data == nullptr) continue;
        own[i] = {entries, type.limits.min, capacity, type};
        for (std::uint32_t k = 0; k < type.limits.min; ++k) entries[k] = kNullRef;
        tables[h.imported_tables + i] = &own[i];
    }
    auto* stack = at.take<std::uint32_t>(stack_slots(limits));
#if WASMBED_WASM_MULTI_MEMORY
    auto* own_memory = at.take<MemoryData>(h.memory_count - h.imported_memories);
    auto* memories = at.take<MemoryData*>(h.memory_count);
#endif
    if (data == nullptr) return at.used();
#if WASMBED_WASM_MULTI_MEMORY
    data->own_memory = own_memory;
    data->memories = memories;
#endif
    data->bindings = bindings;
    data->globals = globals;
    data->tables = tables;
    data->dropped_data = dropped_data;
    data->dropped_elements = dropped_elements;
    data->stack = stack;
    data->stack_slots = stack_slots(limits);
    std::memset(dropped_data, 0, h.data_count);
    std::memset(dropped_elements, 0, h.element_count);
    for (std::uint32_t i = h.imported_globals; i < h.global_count; ++i)
        globals[i] = cells + 2 * (i - h.imported_globals);
    return at.used();
}

bool limits_match(const Limits& offered, std::uint32_t current, const Limits& wanted) {
    if (current < wanted.min) return false;
    return !wanted.has_max || (offered.has_max && offered.max <= wanted.max);
}

GlobalType global_type(const InstanceData& instance, std::uint32_t index) {
    const ImageHeader& h = instance.module.header();
    if (index < h.imported_globals) {
        ImportCursor cursor(instance.module);
        for (;;) {
            const Import import = cursor.next();
            if (import.kind == ExternKind::kGlobal && index-- == 0) return import.global;
        }
    }
    Reader r = reader_at(instance.module, h.global_section);
    r.u32();
    for (std::uint32_t i = h.imported_globals;; ++i) {
        const GlobalType type = read_global_type(r);
        if (i == index) return type;
        skip_constant(r);
    }
}

class Linking {
  public:
    Linking(InstanceData& data, const Linker& linker) : data_(data), linker_(linker) {}
    Result<void, LinkError> run();

  private:
    enum class Match : std::uint8_t { kLinked, kUnknown, kIncompatible };
    Match host_function(const Import& import);
    Match instance_export(const Import& import);
    Match take(const Import& import, InstanceData& from, const Export& what);

    InstanceData& data_;
    const Linker& linker_;
    std::uint32_t functions_ = 0;
    std::uint32_t tables_ = 0;
    std::uint32_t memories_ = 0;
    std::uint32_t globals_ = 0;
};

Linking::Match Linking::host_function(const Import& import) {
    bool seen = false;
    for (const HostFunction& host : linker_.host) {
        if (host.module != import.module || host.name != import.name) continue;
        seen = true;
        if (import.kind != ExternKind::kFunction || !same_type(host.type, import.function)) continue;
        data_.bindings[functions_++] = {&host, nullptr, 0};
        return Match::kLinked;
    }
    return seen ? Match::kIncompatible : Match::kUnknown;
}

Linking::Match Linking::instance_export(const Import& import) {
    for (const NamedInstance& named : linker_.instances) {
        if (named.name != import.module) continue;
        InstanceData& from = data_of(*named.instance);
        const std::optional<Export> found = from.module.find_export(import.name);
        if (!found) return Match::kUnknown;
        return found->kind == import.kind ? take(import, from, *found) : Match::kIncompatible;
    }
    return Match::kUnknown;
}

// Import matching, section 4.5.3.
Linking::Match Linking::take(const Import& import, InstanceData& from, const Export& what) {
    switch (import.kind) {
        case ExternKind::kFunction:
            if (!same_type(from.module.function_type(what.index), import.function)) return Match::kIncompatible;
            data_.bindings[functions_++] = {nullptr, &from, what.index};
            return Match::kLinked;
        case ExternKind::kTable: {
            TableData* table = from.tables[what.index];
            if (table->type.element != import.table.element) return Match::kIncompatible;
            if (!limits_match(table->type.limits, table->size, import.table.limits)) return Match::kIncompatible;
            data_.tables[tables_++] = table;
            return Match::kLinked;
        }
        case ExternKind::kMemory: {
            MemoryData* memory = memory_at(from, what.index);
            if (memory->type.page_log2 != import.memory.page_log2) return Match::kIncompatible;
            if (!limits_match(memory->type.limits, memory->pages, import.memory.limits)) return Match::kIncompatible;
            memory_at(data_, memories_++) = memory;
            return Match::kLinked;
        }
        case ExternKind::kGlobal: {
            const GlobalType type = global_type(from, what.index);
            if (type.type != import.global.type || type.is_mutable != import.global.is_mutable)
                return Match::kIncompatible;
            data_.globals[globals_++] = from.globals[what.index];
            return Match::kLinked;
        }
    }
    return Match::kIncompatible;
}

Result<void, LinkError> Linking::run() {
    ImportCursor cursor(data_.module);
    for (std::uint32_t i = 0; i < data_.module.import_count(); ++i) {
        const Import import = cursor.next();
        Match match = host_function(import);
        if (match == Match::kUnknown) match = instance_export(import);
        if (match == Match::kUnknown) return fail(LinkError{Rule::kUnknownImport, i, 0});
        if (match == Match::kIncompatible) {
            return fail(LinkError{Rule::kIncompatibleImport, i, 0});
        }
    }
    return {};
}

void initialise_globals(InstanceData& data) {
    const ImageHeader& h = data.module.header();
    if (h.global_count == h.imported_globals) return;
    Reader r = reader_at(data.module, h.global_section);
    r.u32();
    for (std::uint32_t i = h.imported_globals; i < h.global_count; ++i) {
        read_global_type(r);
        const std::uint64_t value = constant_value(r, data);
        data.globals[i][0] = static_cast<std::uint32_t>(value);
        data.globals[i][1] = static_cast<std::uint32_t>(value >> 32);
    }
}

Result<void, LinkError> copy_active_elements(InstanceData& data) {
    const ImageHeader& h = data.module.header();
    for (std::uint32_t i = 0; i < h.element_count; ++i) {
        Reader r = reader_at(data.module, element_at(data.module, i));
        const std::uint32_t flags = r.u32();
        if ((flags & 3) == 1) continue;  // passive
        if (!(flags & 1)) {
            TableData& table = *data.tables[flags & 2 ? r.u32() : 0];
            const auto offset = static_cast<std::uint32_t>(constant_value(r, data));
            const std::uint32_t count = element_count(data, i);
            if (std::uint64_t{offset} + count > table.size) {
                return fail(LinkError{Rule::kTableSegment, i, 0});
            }
            copy_elements(data, i, 0, count, table.entries + offset);
        }
        data.dropped_elements[i] = 1;
    }
    return {};
}

Result<void, LinkError> copy_active_data(InstanceData& data) {
    const ImageHeader& h = data.module.header();
    for (std::uint32_t i = 0; i < h.data_count; ++i) {
        Reader r = reader_at(data.module, (&at_offset<std::uint32_t>(data.module.image().data(), h.data_at))[i]);
        const std::uint32_t flags = r.u32();
        if (flags == 1) continue;
        const MemoryData& memory = *memory_at(data, flags == 2 ? r.u32() : 0);
        const auto offset = static_cast<std::uint32_t>(constant_value(r, data));
        const ModuleRange bytes = data_segment(data, i);
        if (std::uint64_t{offset} + bytes.size > memory.size) {
            return fail(LinkError{Rule::kMemorySegment, i, 0});
        }
        [[maybe_unused]] const bool copied =
            copy_bytes(data.module.wasm(), bytes.at, {memory.bytes + offset, bytes.size});
#if WASMBED_WASM_STREAMED
        if (!copied) return fail(LinkError{Rule::kUnreadableSegment, i, 0});
#endif
        data.dropped_data[i] = 1;
    }
    return {};
}

LinkError no_space(std::uint64_t bytes_needed) {
    return {Rule::kArena, 0, bytes_needed > 0xffffffff ? 0xffffffff : static_cast<std::uint32_t>(bytes_needed)};
}

}  // namespace

std::uint64_t Instance::bytes_needed(const Module& module, const InstanceLimits& limits) {
    return place(module, limits, nullptr, nullptr) + own_memory_bytes(module);
}

Result<Instance*, LinkError> Instance::create(const Module& module, const Linker& linker, MutableBytes arena,
                                              const InstanceLimits& limits) {
    const ImageHeader& h = module.header();
    const std::uint64_t memory_min = own_memory_bytes(module);
    if (memory_min > limits.memory_bytes_max) {
        return fail(LinkError{Rule::kMemoryLimit, 0, static_cast<std::uint32_t>(memory_min)});
    }
    const std::uint64_t needed = bytes_needed(module, limits);
    if (needed > arena.size() || reinterpret_cast<std::uintptr_t>(arena.data()) % kAlign != 0)
        return fail(no_space(needed));

    if (linker.registry.empty() && !linker.instances.empty()) {
        return fail(LinkError{Rule::kNoRegistry, 0, sizeof(Instance*)});
    }

    auto* data = new (arena.data()) InstanceData(module);
    const std::uint64_t used = place(module, limits, arena.data(), data);
    if (!linker.registry.empty()) {
        std::uint32_t id = 0;
        while (id < linker.registry.size() && linker.registry[id] != nullptr) ++id;
        if (id == linker.registry.size() || id > 0xfffe) {
            return fail(LinkError{Rule::kRegistryFull, 0, id + 1});
        }
        data->id = id;
        data->registry = linker.registry;
    }
    place_own_memories(*data, arena.subspan(static_cast<std::size_t>(used)), limits);
    if (auto linked = Linking(*data, linker).run(); !linked) return fail(linked.error());
#if WASMBED_WASM_MULTI_MEMORY
    if (h.memory_count != 0) data->memory_data = data->memories[0];
#endif
    if (!data->registry.empty()) data->registry[data->id] = data;
    initialise_globals(*data);
    if (auto copied = copy_active_elements(*data); !copied) return fail(copied.error());
    if (auto copied = copy_active_data(*data); !copied) return fail(copied.error());
    if (h.start_function != kNone) (void)data->start(h.start_function, {});  // it takes nothing, so it can
    return data;
}

}  // namespace wasmbed::wasm
