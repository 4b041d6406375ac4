// What the bodies of ops.inc are made of: macros that work on the local variables of `interpret`, the only place that
// includes this.
#pragma once

#include <cstring>

#include "core/wasm/bulk_operations.hpp"
#include "core/wasm/ops.hpp"
#include "core/wasm/other_memory.hpp"

namespace wasmbed::wasm {

template <class T>
inline T read(const u8* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

inline u64 load_64(const u32* slot) {
    return slot[0] | u64{slot[1]} << 32;
}
inline void store_64(u32* slot, u64 value) {
    slot[0] = static_cast<u32>(value);
    slot[1] = static_cast<u32>(value >> 32);
}

template <class T>
inline u32 extend32(T value) {
    return static_cast<u32>(static_cast<s32>(value));
}
template <class T>
inline u64 extend64(T value) {
    return static_cast<u64>(static_cast<s64>(value));
}
// An unsigned word must not be sign-extended on its way.
inline u32 extend32(u32 value) {
    return value;
}
inline u64 extend64(u32 value) {
    return value;
}
inline u64 extend64(u64 value) {
    return value;
}

}  // namespace wasmbed::wasm

// clang-format off
// Operands of the operation at c_pc. The core in registers leaves only cold operations here: what they have in common is done in one place each, and
// their operands are found before it is known which one it is. The portable core has constants instead: `place` is the operation's layout.
#define ACC acc
#if WASMBED_WASM_REGISTER_CORE
#define S0 (*slot_0)
#define S1 (*slot_1)
#define L0 load_64(slot_0)
#define L1 load_64(slot_1)
#define L2 load_64(slot_2)
#define IMMEDIATES immediates
#define NEXT next
#else
#define S(n) c_fp[c_pc[place.slot + n]]
#define B0 c_pc[place.slot]
#define S0 S(0)
#define S1 S(1)
#define L(n) load_64(&c_fp[c_pc[place.slot + n]])
#define L0 L(0)
#define L1 L(1)
#define L2 L(2)
#define IMMEDIATES (c_pc + place.half)
#define NEXT (c_pc + place.length)
#endif
#define U0 read<u16>(IMMEDIATES)
#define U1 read<u16>(IMMEDIATES + 2)
#define U2 read<u16>(IMMEDIATES + 4)
#define U3 read<u16>(IMMEDIATES + 6)
#define H0 static_cast<u32>(static_cast<s32>(read<s16>(IMMEDIATES)))
#define H1 static_cast<u32>(static_cast<s32>(read<s16>(IMMEDIATES + 2)))
#define H2 static_cast<u32>(static_cast<s32>(read<s16>(IMMEDIATES + 4)))
#define W0 read<u32>(IMMEDIATES)
#define W1 read<u32>(IMMEDIATES + 4)
#define TRAP(kind) do { trap = TrapKind::kind; goto trapped; } while (0)
#define FRAME(n) c_fp[n]
#define FRAME64(n) load_64(c_fp + n)
#define SET_FRAME64(n, value) do { const u64 copied = value; store_64(c_fp + n, copied); } while (0)
#define GLOBAL(n) c.instance->globals[n]

#if WASMBED_WASM_REGISTER_CORE
#define SETL(n, value) { static_assert(n == 0); wide = value; goto finish_64; }
#define DISPATCH() goto dispatch
#else
#define SETL(n, value) do { const u64 wide = value; store_64(&c_fp[c_pc[place.slot + n]], wide); } while (0)
#define DISPATCH() do { const u8 token = c_pc[0]; goto *labels[token == kEscape ? kEscape + c_pc[1] : token]; } while (0)
// Base and offset are added without wrapping; an access that ends beyond the memory's size traps.
#if UINTPTR_MAX > 0xffffffff
#define CHECKED(T, base, offset) const u64 ea = u64{base} + offset; if (ea + sizeof(T) > memory_size) TRAP(kMemoryOutOfBounds);
#else
#define CHECKED(T, base, offset)                                                              \
    u32 ea = base; const u32 reach = u32{offset} + sizeof(T);                                 \
    if (reach > memory_size || ea > memory_size - reach) TRAP(kMemoryOutOfBounds);            \
    ea += offset;
#endif
#define LOAD(T, base, offset) { CHECKED(T, base, offset) acc = extend32(read<T>(memory + ea)); }
#define LOAD64(T, n, base, offset) { CHECKED(T, base, offset) SETL(n, extend64(read<T>(memory + ea))); }
#define STORE(T, base, offset, value) { CHECKED(T, base, offset) const T stored = static_cast<T>(value); std::memcpy(memory + ea, &stored, sizeof stored); }
#define STORE64(base, offset, n) { CHECKED(u64, base, offset) const u64 stored = L(n); std::memcpy(memory + ea, &stored, sizeof stored); }
#define JUMP(distance) { c_pc += place.length + distance; DISPATCH(); }
#define LOOP(distance) { c_pc -= distance; if (--fuel < 0) goto out_of_fuel; DISPATCH(); }
#endif
#define JUMP_FAR(distance) { c_pc = NEXT + distance; DISPATCH(); }
#define LOOP_FAR(distance) { c_pc -= distance; if (--fuel < 0) goto out_of_fuel; DISPATCH(); }
#define PAY() if (fuel <= 0) goto out_of_fuel

#define ENTER(header, base, link_pc, link_fp) do {                                              \
        const FunctionHeader& h = header;                                                       \
        u32* const frame = base;                                                                \
        if (static_cast<std::size_t>(stack_end - frame) < h.frame_slots) TRAP(kStackExhausted); \
        --fuel;                                                                               \
        u32* const link = frame + h.param_slots;                                                \
        link[0] = link_pc;                                                                      \
        link[1] = link_fp;                                                                      \
        for (u32 i = 0; i < h.zero_slots; ++i) link[kLinkSlots + i] = 0;                        \
        c_fp = frame;                                                                           \
        c_pc = reinterpret_cast<const u8*>(&h + 1);                                             \
        DISPATCH();                                                                             \
    } while (0)
#define RETURN_PC static_cast<u32>(NEXT - image)
#define CALL(function, base) { PAY(); ENTER(c.own(function), c_fp + base, RETURN_PC, static_cast<u32>(base)); }
#define CALL_IMPORT(function, base) { PAY(); target = {c.instance, function}; callee_base = c_fp + base; next_pc = NEXT; goto call_out; }
#define CALL_INDIRECT(index, type, table, base, params) {                                     \
        PAY();                                                                                \
        call_index = index; call_table = table; callee_base = c_fp + base;                    \
        expected_type = type; tail_params = params; next_pc = NEXT; goto call_indirect; }
#define TAIL_CALL(function, base, params) { PAY(); tail_params = params; tail_header = &c.own(function); callee_base = c_fp + base; goto tail_call; }
#define UNLINK(params) const u32* const link = c_fp + params; const u32 link_pc = link[0]; const u32 link_fp = link[1];
#define LEAVE() c_pc = image + link_pc; c_fp -= link_fp; DISPATCH();
#define RETURN(params) { UNLINK(params) LEAVE() }
#define RETURN_ACC(params) { UNLINK(params) c_fp[0] = acc; LEAVE() }
#define BR_TABLE(index, count) {                                                              \
        PAY(); --fuel;                                                                      \
        const u32 n = count; const u32 i = index;                                             \
        const u8* entry = NEXT + 2 * (i < n ? i : n);                          \
        c_pc = entry + 2 + read<u16>(entry); DISPATCH(); }
#define MOVE_SLOTS(to, from, count) std::memmove(c_fp + to, c_fp + from, 4 * std::size_t{count})
#define MEMORY_PAGES() (c.instance->memory_data->pages)
#define MEMORY_GROW(pages) {                                                                    \
        const std::size_t before = c.memory_size;                                             \
        acc = grow_memory(*c.instance->memory_data, pages); c.view_memory(); VIEW();          \
        fuel -= static_cast<s32>((c.memory_size - before + kBulkBytes - 1) / kBulkBytes); }
#define BULK(call) { c.fuel = fuel; bulk = Bulk::call; fuel = c.fuel; if (bulk != Bulk::End::kFinished) goto bulk_stopped; }
#define MEMORY_COPY(home) BULK(copy(c, c_fp + home))
#define MEMORY_FILL(home) BULK(fill(c, c_fp + home))
#define MEMORY_INIT(segment, home) BULK(init(c, c_fp + home, segment))
#define OTHER_MEMORY(what, operand, slots) {                                                    \
        c.fuel = fuel; const AfterOtherMemory after = other_memory(c, acc, what, operand, slots);  \
        acc = after.accumulator; bulk = after.end; fuel = c.fuel; VIEW();                      \
        if (bulk != Bulk::End::kFinished) goto bulk_stopped; }
#define TABLE_FILL(table, home) BULK(table_fill(c, c_fp + home, table))
#define TABLE_COPY(to, from, home) BULK(table_copy(c, c_fp + home, to, from))
#define TABLE_INIT(segment, table, home) BULK(table_init(c, c_fp + home, segment, table))
#define DATA_DROP(segment) c.instance->dropped_data[segment] = 1
#define ELEM_DROP(segment) c.instance->dropped_elements[segment] = 1
#define TABLE_GET(index, table) { bool inside; const Ref ref = c.table_entry(table, index, inside); if (!inside) TRAP(kTableOutOfBounds); acc = ref; }
#define TABLE_SET(index, value, table) { const TableData& t = *c.instance->tables[table]; if (index >= t.size) TRAP(kTableOutOfBounds); t.entries[index] = value; }
#define TABLE_SIZE(table) (c.instance->tables[table]->size)
#define TABLE_GROW(value, count, table) {                                                       \
        const u32 n = count; acc = grow_table(*c.instance->tables[table], n, value);          \
        if (acc != 0xffffffff) fuel -= static_cast<s32>(n / kBulkEntries + (n % kBulkEntries != 0)); }
#define REF_FUNC(function) make_ref(*c.instance, function)
#define EXIT_ENTRY() goto exit_entry
#if WASMBED_WASM_REGISTER_CORE
#define CONVERT(to, raw, traps) { wide = raw; conversion = static_cast<u32>(Integer::to) | (traps ? kTraps : 0); goto convert; }
#define TRUNCATE(to, raw) CONVERT(to, raw, true)
#define SATURATE(to, raw) CONVERT(to, raw, false)
#define TRUNCATE_64(to, raw) CONVERT(to, raw, true)
#define SATURATE_64(to, raw) CONVERT(to, raw, false)
#else
#define CONVERT(to, raw, traps, store) {                                                                  \
        const Truncated result = truncate(raw, Integer::to);                                              \
        if (traps && result.fit == Truncated::Fit::kNan) TRAP(kInvalidConversion);                        \
        if (traps && result.fit == Truncated::Fit::kOutside) TRAP(kIntegerOverflow);                      \
        store; }
#define TRUNCATE(to, raw) CONVERT(to, raw, true, acc = static_cast<u32>(result.value))
#define SATURATE(to, raw) CONVERT(to, raw, false, acc = static_cast<u32>(result.value))
#define TRUNCATE_64(to, raw) CONVERT(to, raw, true, SETL(0, result.value))
#define SATURATE_64(to, raw) CONVERT(to, raw, false, SETL(0, result.value))
#endif
// Results may overlay the saved pc and fp, which are read before.
#define RETURN_64(value, params) { const u64 returned = value; UNLINK(params) store_64(c_fp, returned); LEAVE() }
#define RETURN_MANY(from, count, params) { const u32 n = count, f = from; UNLINK(params) std::memmove(c_fp, c_fp + f, 4 * std::size_t{n}); LEAVE() }
#if WASMBED_WASM_REGISTER_CORE
#define VIEW() c.view_registers(registers)
#else
#define VIEW() memory = c.memory, memory_size = c.memory_size
#endif
// clang-format on
