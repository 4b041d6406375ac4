#include "core/wasm/bulk_operations.hpp"

#include <cstring>

namespace wasmbed::wasm {

namespace {

/// How many of `units` (64 bytes each) the fuel pays for; takes them from it.
u32 pay(s32& fuel, u32 units) {
    const u32 paid = fuel <= 0 ? 0 : static_cast<u32>(fuel) < units ? static_cast<u32>(fuel) : units;
    fuel -= static_cast<s32>(paid);
    return paid;
}

/// How much of `left` may be done now; takes the fuel for it.
u32 step(Core& c, u32 left, u32 per_unit) {
    const u32 units = left / per_unit + (left % per_unit != 0);
    const u32 paid = pay(c.fuel, units);
    return paid == units ? left : paid * per_unit;
}
Bulk::End rest(u32& left, u32 done) {
    left -= done;
    return left == 0 ? Bulk::End::kFinished : Bulk::End::kOutOfFuel;
}

/// A memory as the guest may access it.
struct Span {
    u8* bytes;
    std::size_t size;
};
Span viewed(const Core& c) {
    return {c.memory, c.memory_size};
}

Bulk::End fill_in(Core& c, u32* s, Span to) {
    if (u64{s[0]} + s[2] > to.size) return Bulk::End::kMemory;
    const u32 n = step(c, s[2], kBulkBytes);
    if (n != 0) std::memset(to.bytes + s[0], static_cast<int>(s[1] & 0xff), n);
    s[0] += n;
    return rest(s[2], n);
}

/// As memmove, which small libraries do byte by byte; their memcpy is quick.
void move(u8* to, const u8* from, std::size_t bytes) {
    const auto distance = reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
    if (distance < bytes || 0 - distance < bytes) {
        std::memmove(to, from, bytes);
    } else {
        std::memcpy(to, from, bytes);
    }
}

/// Units are of 1 << log2 bytes; per_unit of them cost one of fuel.
Bulk::End copy_between(Core& c, u32* s, Span to, Span from, unsigned log2, u32 per_unit, Bulk::End outside) {
    if (u64{s[0]} + s[2] > to.size || u64{s[1]} + s[2] > from.size) return outside;
    const u32 n = step(c, s[2], per_unit);
    const bool backwards = s[0] > s[1];  // from the end, as the ranges may overlap
    const std::size_t skip = backwards ? s[2] - n : 0;
    if (n != 0) {
        move(to.bytes + ((s[0] + skip) << log2), from.bytes + ((s[1] + skip) << log2), std::size_t{n} << log2);
    }
    if (!backwards) {
        s[0] += n;
        s[1] += n;
    }
    return rest(s[2], n);
}
Bulk::End copy_bytes_between(Core& c, u32* s, Span to, Span from) {
    return copy_between(c, s, to, from, 0, kBulkBytes, Bulk::End::kMemory);
}

Bulk::End init_in(Core& c, u32* s, u32 segment, Span to) {
    const ModuleRange data = data_segment(*c.instance, segment);
    if (u64{s[0]} + s[2] > to.size || u64{s[1]} + s[2] > data.size) return Bulk::End::kMemory;
    const u32 n = step(c, s[2], kBulkBytes);
    if (!copy_bytes(c.instance->module.wasm(), data.at + s[1], {to.bytes + s[0], n})) return Bulk::End::kUnreadable;
    s[0] += n;
    s[1] += n;
    return rest(s[2], n);
}

}  // namespace

Bulk::End Bulk::fill(Core& c, u32* s) {
    return fill_in(c, s, viewed(c));
}
Bulk::End Bulk::copy(Core& c, u32* s) {
    return copy_bytes_between(c, s, viewed(c), viewed(c));
}
Bulk::End Bulk::init(Core& c, u32* s, u32 segment) {
    return init_in(c, s, segment, viewed(c));
}

#if WASMBED_WASM_MULTI_MEMORY
namespace {

Span span_of(const MemoryData& memory) {
    return {memory.bytes, static_cast<std::size_t>(memory.size)};
}

}  // namespace

Bulk::End Bulk::fill(Core& c, u32* s, const MemoryData& to) {
    return fill_in(c, s, span_of(to));
}
Bulk::End Bulk::copy(Core& c, u32* s, const MemoryData& to, const MemoryData& from) {
    return copy_bytes_between(c, s, span_of(to), span_of(from));
}
Bulk::End Bulk::init(Core& c, u32* s, u32 segment, const MemoryData& to) {
    return init_in(c, s, segment, span_of(to));
}
#endif

Bulk::End Bulk::table_fill(Core& c, u32* s, u32 table) {
    const TableData& t = *c.instance->tables[table];
    if (u64{s[0]} + s[2] > t.size) return End::kTable;
    const u32 n = step(c, s[2], kBulkEntries);
    for (u32 i = 0; i < n; ++i) t.entries[s[0] + i] = s[1];
    s[0] += n;
    return rest(s[2], n);
}

Bulk::End Bulk::table_copy(Core& c, u32* s, u32 to, u32 from) {
    const TableData& t = *c.instance->tables[to];
    const TableData& f = *c.instance->tables[from];
    static_assert(sizeof(Ref) == 4);
    return copy_between(c, s, {reinterpret_cast<u8*>(t.entries), t.size}, {reinterpret_cast<u8*>(f.entries), f.size}, 2,
                        kBulkEntries, End::kTable);
}

Bulk::End Bulk::table_init(Core& c, u32* s, u32 segment, u32 table) {
    const TableData& t = *c.instance->tables[table];
    if (u64{s[0]} + s[2] > t.size || u64{s[1]} + s[2] > element_count(*c.instance, segment)) return End::kTable;
    const u32 n = step(c, s[2], kBulkEntries);
    if (n != 0) copy_elements(*c.instance, segment, s[1], n, t.entries + s[0]);
    s[0] += n;
    s[1] += n;
    return rest(s[2], n);
}

}  // namespace wasmbed::wasm
