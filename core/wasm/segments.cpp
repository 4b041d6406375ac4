// Data and element segments, and growth of what they fill (sections 4.4.7, 4.5.3 and 5.5.12).
#include <cstring>

#include "core/wasm/constant_value.hpp"
#include "core/wasm/instance_data.hpp"
#include "core/wasm/module_view.hpp"

namespace wasmbed::wasm {

namespace {

/// Goes to an element segment's vector of items; true if they are expressions.
bool seek_items(Reader& r) {
    const std::uint32_t flags = r.u32();
    if (!(flags & 1)) {
        if (flags & 2) r.u32();
        skip_constant(r);
    }
    if (flags & 3) r.byte();
    return flags & 4;
}

}  // namespace

ModuleRange data_segment(const InstanceData& instance, std::uint32_t index) {
    if (instance.dropped_data[index]) return {0, 0};
    const Module& module = instance.module;
    Reader r = reader_at(module, (&at_offset<std::uint32_t>(module.image().data(), module.header().data_at))[index]);
    const std::uint32_t flags = r.u32();
    if (flags == 2) r.u32();
    if (flags != 1) skip_constant(r);
    const std::uint32_t size = r.u32();
    return {r.position(), size};
}

std::uint32_t element_count(const InstanceData& instance, std::uint32_t index) {
    if (instance.dropped_elements[index]) return 0;
    Reader r = reader_at(instance.module, element_at(instance.module, index));
    seek_items(r);
    return r.u32();
}

void copy_elements(InstanceData& instance, std::uint32_t index, std::uint32_t from, std::uint32_t count, Ref* to) {
    Reader r = reader_at(instance.module, element_at(instance.module, index));
    const bool expressions = seek_items(r);
    r.u32();
    for (std::uint32_t i = 0; i < from; ++i) {
        if (expressions) {
            skip_constant(r);
        } else {
            r.u32();
        }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        to[i] = expressions ? static_cast<Ref>(constant_value(r, instance)) : make_ref(instance, r.u32());
    }
}

std::uint32_t grow_memory(MemoryData& memory, std::uint32_t pages) {
    const std::uint64_t total = std::uint64_t{memory.pages} + pages;
    const std::uint64_t bytes = total << memory.type.page_log2;
    const bool over_max = memory.type.limits.has_max && total > memory.type.limits.max;
    if (over_max || bytes > memory.reserved) return 0xffffffff;
    std::memset(memory.bytes + memory.size, 0, static_cast<std::size_t>(bytes - memory.size));
    const std::uint32_t former = memory.pages;
    memory.pages = static_cast<std::uint32_t>(total);
    memory.size = bytes;
    return former;
}

std::uint32_t grow_table(TableData& table, std::uint32_t count, Ref value) {
    const std::uint64_t total = std::uint64_t{table.size} + count;
    const bool over_max = table.type.limits.has_max && total > table.type.limits.max;
    if (over_max || total > table.reserved) return 0xffffffff;
    const std::uint32_t former = table.size;
    for (std::uint32_t i = former; i < total; ++i) table.entries[i] = value;
    table.size = static_cast<std::uint32_t>(total);
    return former;
}

}  // namespace wasmbed::wasm
