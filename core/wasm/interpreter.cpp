// The portable core: one function, direct dispatch by computed goto (GCC and clang). Operations are those of ops.inc.
// Where there is a core in registers (registers.hpp) it runs the hot ones, and this is left with the cold ones.
#include "core/wasm/interpreter.hpp"

#include <cstring>

#include "core/wasm/calls.hpp"
#include "core/wasm/module_view.hpp"
#include "core/wasm/numeric.hpp"
#include "core/wasm/ops.hpp"
#include "core/wasm/registers.hpp"

// Small targets: what operations have in common is done in one place each, behind all of them. With a core in registers
// only cold operations are left here.
#if defined(__OPTIMIZE_SIZE__) || WASMBED_WASM_REGISTER_CORE
#define SHARED_TAILS 1
#else
#define SHARED_TAILS 0
#endif

namespace wasmbed::wasm {

namespace {

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

/// How many of `units` (64 bytes each) the fuel pays for; takes them from it.
inline u32 pay(s32& fuel, u32 units) {
    const u32 paid = fuel <= 0 ? 0 : static_cast<u32>(fuel) < units ? static_cast<u32>(fuel) : units;
    fuel -= static_cast<s32>(paid);
    return paid;
}

constexpr u32 kBulkBytes = 64;
constexpr u32 kBulkEntries = kBulkBytes / sizeof(Ref);

// What cortex_m.S relies on: hot operations of the second page are all there, twins with an odd second byte.
static_assert(on_second_page(Op::kI32Eq_AS) && (static_cast<unsigned>(Op::kI32Eq_AS) - kEscape) % 2 == 0);
static_assert(!on_second_page(Op::kI64Rotr_SI));

/// The state of the core while it runs; written back to the activation when it stops.
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

/// First word of the results that the last host call or call over a boundary left.
u32 first_result(const InstanceData& owner) {
    const u32 slot = owner.activation.results;
    return slot < owner.stack_slots ? owner.stack[slot] : 0;
}

/// Bulk operations work on their operands in place: what is left to do is written back, so that the operation can stop
/// when the fuel ends and be executed again. True when it is finished.
struct Bulk {
    enum class End : u8 { kFinished, kOutOfFuel, kMemory, kTable, kUnreadable };

    static End fill(Core& c, u32* s) {
        if (u64{s[0]} + s[2] > c.memory_size) return End::kMemory;
        const u32 n = step(c, s[2], kBulkBytes);
        if (n != 0) std::memset(c.memory + s[0], static_cast<int>(s[1] & 0xff), n);
        s[0] += n;
        return rest(s[2], n);
    }
    static End copy(Core& c, u32* s) {
        if (u64{s[0]} + s[2] > c.memory_size || u64{s[1]} + s[2] > c.memory_size) return End::kMemory;
        const u32 n = step(c, s[2], kBulkBytes);
        if (n != 0 && s[0] > s[1]) {  // from the end, as the ranges may overlap
            std::memmove(c.memory + s[0] + (s[2] - n), c.memory + s[1] + (s[2] - n), n);
        } else if (n != 0) {
            std::memmove(c.memory + s[0], c.memory + s[1], n);
            s[0] += n;
            s[1] += n;
        }
        return rest(s[2], n);
    }
    static End init(Core& c, u32* s, u32 segment) {
        const ModuleRange data = data_segment(*c.instance, segment);
        if (u64{s[0]} + s[2] > c.memory_size || u64{s[1]} + s[2] > data.size) return End::kMemory;
        const u32 n = step(c, s[2], kBulkBytes);
        if (!copy_bytes(c.instance->module.wasm(), data.at + s[1], {c.memory + s[0], n})) return End::kUnreadable;
        s[0] += n;
        s[1] += n;
        return rest(s[2], n);
    }
    static End table_fill(Core& c, u32* s, u32 table) {
        const TableData& t = *c.instance->tables[table];
        if (u64{s[0]} + s[2] > t.size) return End::kTable;
        const u32 n = step(c, s[2], kBulkEntries);
        for (u32 i = 0; i < n; ++i) t.entries[s[0] + i] = s[1];
        s[0] += n;
        return rest(s[2], n);
    }
    static End table_copy(Core& c, u32* s, u32 to, u32 from) {
        const TableData& t = *c.instance->tables[to];
        const TableData& f = *c.instance->tables[from];
        if (u64{s[0]} + s[2] > t.size || u64{s[1]} + s[2] > f.size) return End::kTable;
        const u32 n = step(c, s[2], kBulkEntries);
        if (n != 0 && s[0] > s[1]) {
            const u32 skip = s[2] - n;
            std::memmove(t.entries + s[0] + skip, f.entries + s[1] + skip, sizeof(Ref) * std::size_t{n});
        } else if (n != 0) {
            std::memmove(t.entries + s[0], f.entries + s[1], sizeof(Ref) * std::size_t{n});
            s[0] += n;
            s[1] += n;
        }
        return rest(s[2], n);
    }
    static End table_init(Core& c, u32* s, u32 segment, u32 table) {
        const TableData& t = *c.instance->tables[table];
        if (u64{s[0]} + s[2] > t.size || u64{s[1]} + s[2] > element_count(*c.instance, segment)) return End::kTable;
        const u32 n = step(c, s[2], kBulkEntries);
        if (n != 0) copy_elements(*c.instance, segment, s[1], n, t.entries + s[0]);
        s[0] += n;
        s[1] += n;
        return rest(s[2], n);
    }

  private:
    /// How much of `left` may be done now; takes the fuel for it.
    static u32 step(Core& c, u32 left, u32 per_unit) {
        const u32 units = left / per_unit + (left % per_unit != 0);
        const u32 paid = pay(c.fuel, units);
        return paid == units ? left : paid * per_unit;
    }
    static End rest(u32& left, u32 done) {
        left -= done;
        return left == 0 ? End::kFinished : End::kOutOfFuel;
    }
};

}  // namespace

// clang-format off
#define ACC acc
#define S(n) c_fp[c_pc[place.slot + n]]
#define S0 S(0)
#define S1 S(1)
#define L(n) load_64(&c_fp[c_pc[place.slot + n]])
#define L0 L(0)
#define L1 L(1)
#define L2 L(2)
#define U(n) read<u16>(c_pc + place.half + 2 * n)
#define U0 U(0)
#define U1 U(1)
#define U2 U(2)
#define U3 U(3)
#define H0 static_cast<u32>(static_cast<s32>(read<s16>(c_pc + place.half)))
#define H1 static_cast<u32>(static_cast<s32>(read<s16>(c_pc + place.half + 2)))
#define W0 read<u32>(c_pc + place.half)
#define W1 read<u32>(c_pc + place.half + 4)
#define TRAP(kind) do { trap = TrapKind::kind; goto trapped; } while (0)
#define FRAME(n) c_fp[n]
#define FRAME64(n) load_64(c_fp + n)
#define SET_FRAME64(n, value) do { const u64 copied = value; store_64(c_fp + n, copied); } while (0)
#define GLOBAL(n) c.instance->globals[n]

// Base and offset are added without wrapping; an access that ends beyond the memory's size traps.
#if UINTPTR_MAX > 0xffffffff
#define CHECKED(T, base, offset) const u64 ea = u64{base} + offset; if (ea + sizeof(T) > memory_size) TRAP(kMemoryOutOfBounds);
#else
#define CHECKED(T, base, offset)                                                              \
    u32 ea = base; const u32 reach = u32{offset} + sizeof(T);                                 \
    if (reach > memory_size || ea > memory_size - reach) TRAP(kMemoryOutOfBounds);            \
    ea += offset;
#endif
#if SHARED_TAILS
#define SETL(n, value) do { static_assert(n == 0); wide = value; length = place.length; goto finish_64; } while (0)
#define LOAD(T, base, offset) { ea_base = base; ea_offset = offset; length = place.length; goto load_##T; }
#define LOAD64(T, n, base, offset) { ea_base = base; ea_offset = offset; length = place.length; goto load64_##T; }
#define STORE(T, base, offset, value) { ea_base = base; ea_offset = offset; stored = value; length = place.length; goto store_##T; }
#define STORE64(base, offset, n) { ea_base = base; ea_offset = offset; wide = L(n); length = place.length; goto store_64bits; }
#else
#define SETL(n, value) do { const u64 wide = value; store_64(&c_fp[c_pc[place.slot + n]], wide); } while (0)
#define LOAD(T, base, offset) { CHECKED(T, base, offset) acc = extend32(read<T>(memory + ea)); }
#define LOAD64(T, n, base, offset) { CHECKED(T, base, offset) SETL(n, extend64(read<T>(memory + ea))); }
#define STORE(T, base, offset, value) { CHECKED(T, base, offset) const T stored = static_cast<T>(value); std::memcpy(memory + ea, &stored, sizeof stored); }
#define STORE64(base, offset, n) { CHECKED(u64, base, offset) const u64 stored = L(n); std::memcpy(memory + ea, &stored, sizeof stored); }
#endif

#if SHARED_TAILS
#define DISPATCH() goto dispatch
#else
#define DISPATCH() do { const u8 token = c_pc[0]; goto *labels[token == kEscape ? kEscape + c_pc[1] : token]; } while (0)
#endif
#if SHARED_TAILS
#define JUMP(distance) { length = place.length; goto take_branch; }
#define LOOP(distance) { length = place.length; goto take_branch; }
#else
#define JUMP(distance) { c_pc += place.length + 2 * u32{distance}; DISPATCH(); }
#define LOOP(distance) { c_pc -= 2 * u32{distance}; if (--fuel < 0) goto out_of_fuel; DISPATCH(); }
#endif
#define JUMP_FAR(distance) { c_pc += place.length + distance; DISPATCH(); }
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
#define RETURN_PC static_cast<u32>(c_pc + place.length - image)
#define CALL(function, base) { PAY(); ENTER(c.own(function), c_fp + base, RETURN_PC, static_cast<u32>(base)); }
#define CALL_IMPORT(function, base) { PAY(); target = {c.instance, function}; callee_base = c_fp + base; next_pc = c_pc + place.length; goto call_out; }
#define CALL_INDIRECT(index, type, table, base) {                                             \
        PAY();                                                                                \
        bool inside; const Ref ref = c.table_entry(table, index, inside);                     \
        if (!inside) TRAP(kUndefinedElement);                                                 \
        if (ref == kNullRef) TRAP(kUninitializedElement);                                     \
        target = resolve(*c.instance, ref); callee_base = c_fp + base;                        \
        expected_type = type; tail_params = kNone; next_pc = c_pc + place.length; goto call_indirect; }
#define TAIL_CALL(function, base, params) { PAY(); tail_params = params; tail_header = &c.own(function); callee_base = c_fp + base; goto tail_call; }
#define TAIL_CALL_INDIRECT(index, type, table, base, params) {                                      \
        PAY();                                                                                \
        bool inside; const Ref ref = c.table_entry(table, index, inside);                     \
        if (!inside) TRAP(kUndefinedElement);                                                 \
        if (ref == kNullRef) TRAP(kUninitializedElement);                                     \
        target = resolve(*c.instance, ref); callee_base = c_fp + base;                        \
        expected_type = type; tail_params = params; next_pc = c_pc + place.length; goto call_indirect; }
#define UNLINK(params) const u32* const link = c_fp + params; const u32 link_pc = link[0]; const u32 link_fp = link[1];
#define LEAVE() c_pc = image + link_pc; c_fp -= link_fp; DISPATCH();
#define RETURN(params) { UNLINK(params) LEAVE() }
#define RETURN_ACC(params) { UNLINK(params) c_fp[0] = acc; LEAVE() }
#define BR_TABLE(index, count) {                                                              \
        PAY(); --fuel;                                                                      \
        const u32 n = count; const u32 i = index;                                             \
        const u8* entry = c_pc + place.length + 2 * (i < n ? i : n);                          \
        c_pc = entry + 2 + 2 * u32{read<u16>(entry)}; DISPATCH(); }
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
#if SHARED_TAILS
#define CONVERT(to, raw, traps) { wide = raw; conversion = static_cast<u32>(Integer::to) | (traps ? kTraps : 0); length = place.length; goto convert; }
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

Outcome interpret(InstanceData& owner) {
#if WASMBED_WASM_REGISTER_CORE
    Registers registers;
    u32 end = REGISTERS_COLD;
#else
    static const void* const labels[kEscape + 256] = {
#define OP(name, form, ...) &&do_##name,
#define OP2(name, form, ...) &&do_##name, &&do_##name##_d,
#if SHARED_TAILS
#define OP_LOOP(name, form, ...) &&do_Br##name,  // take_branch tells them apart by the token
#endif
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
    };
    u8* memory = nullptr;
    std::size_t memory_size = 0;
#endif

    Core c(owner);
    const u8* c_pc = nullptr;
    u32* c_fp = nullptr;
    const u8* image = c.image;
    s32 fuel = c.fuel;
    u32* const stack = owner.stack;
    const u32* const stack_end = stack + owner.stack_slots;
    u32 acc = 0;

    TrapKind trap = TrapKind::kUnreachable;
    u32 host_code = 0;
    Bulk::End bulk = Bulk::End::kFinished;
    FunctionTarget target{};
    const FunctionHeader* tail_header = nullptr;
    u32* callee_base = nullptr;
    const u8* next_pc = nullptr;
    u32 expected_type = 0;
    u32 tail_params = kNone;  ///< of the caller if the call under way is a tail call

    if (owner.activation.state == Activation::State::kEntering) {
        if (fuel <= 0) return OutOfFuel{};
        --fuel;
        Position at = c.position(image);
        const CallOutcome outcome = call_out(owner, at, {c.instance, owner.activation.function}, stack, true);
        if (outcome.end == CallEnd::kTrapped) {
            owner.activation.state = Activation::State::kIdle;
            return Trap{outcome.trap, outcome.host_code, owner.activation.function, 0, c.instance};
        }
        c.fuel = fuel;
        c.enter(at);
        if (outcome.end == CallEnd::kSuspended) return c.suspended();
    } else {
        acc = first_result(owner);  // a host call's; nothing else is in the accumulator between slices
    }
#if SHARED_TAILS
    u32 twin = 0;
    u32 length = 0;
    u64 wide = 0;
    constexpr u32 kTraps = 4;
    u32 conversion = 0;
#if !WASMBED_WASM_REGISTER_CORE
    u32 ea_base = 0;
    u32 ea_offset = 0;
    u32 stored = 0;
#endif
#endif
    goto entered;

#if WASMBED_WASM_REGISTER_CORE
#define LABEL(name) case static_cast<u32>(Op::k##name)
#define FALLS [[fallthrough]];
dispatch:
    registers.pc = c_pc;
    registers.fp = c_fp;
    registers.accumulator = acc;
    registers.fuel = fuel;
    end = wasmbed_wasm_run_hot(&registers);
    c_pc = registers.pc;
    c_fp = registers.fp;
    acc = registers.accumulator;
    fuel = registers.fuel;
    if (end == REGISTERS_OUT_OF_FUEL) goto out_of_fuel;
    if (end != REGISTERS_COLD) {
        trap = static_cast<TrapKind>(end - 2);
        goto trapped;
    }
    switch (c_pc[0] == kEscape ? kEscape + c_pc[1] : c_pc[0]) {
#define OPS_COLD
#else
#define LABEL(name) do_##name
#define FALLS
    {
#endif
#define OP(name, form, ...)                                                          \
    LABEL(name) : {                                                                  \
        constexpr Layout place = layout_of(Form::form, on_second_page(Op::k##name)); \
        __VA_ARGS__;                                                                 \
        c_pc += place.length;                                                        \
        DISPATCH();                                                                  \
    }
#if SHARED_TAILS
#define OP_LOOP(name, form, ...)
// A twin leaves a note for what comes behind the common body.
#define OP2(name, form, ...)                                                             \
    LABEL(name##_d) : {                                                                  \
        constexpr Layout place = layout_of(Form::form, on_second_page(Op::k##name##_d)); \
        twin = place.twin | (place.length_d - place.length) << 8;                        \
    }                                                                                    \
    FALLS                                                                                \
    LABEL(name) : {                                                                      \
        constexpr Layout place = layout_of(Form::form, on_second_page(Op::k##name));     \
        __VA_ARGS__;                                                                     \
        length = place.length;                                                           \
        goto finish_twin;                                                                \
    }
#else
#define OP2(name, form, ...)                                                             \
    OP(name, form, __VA_ARGS__)                                                          \
    do_##name##_d : {                                                                    \
        constexpr Layout place = layout_of(Form::form, on_second_page(Op::k##name##_d)); \
        __VA_ARGS__;                                                                     \
        c_fp[c_pc[place.twin]] = acc;                                                    \
        c_pc += place.length_d;                                                          \
        DISPATCH();                                                                      \
    }
#endif
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
#undef OPS_COLD
#if WASMBED_WASM_REGISTER_CORE
        default:
            __builtin_unreachable();  // hot operations do not end the other core
#endif
    }

bulk_stopped:
    if (bulk == Bulk::End::kMemory) TRAP(kMemoryOutOfBounds);
    if (bulk == Bulk::End::kTable) TRAP(kTableOutOfBounds);
#if WASMBED_WASM_STREAMED
    if (bulk == Bulk::End::kUnreadable) TRAP(kHost);
#endif
    goto out_of_fuel;

call_indirect: {
    if (target.instance == nullptr) TRAP(kUninitializedElement);
    const TypeEntry* types = types_of(c.instance->module);
    if (target.instance == c.instance) {
        const u32 type = function_type_index(c.instance->module, target.function);
        if (types[type].canonical != expected_type) TRAP(kIndirectCallType);
        if (target.function >= c.instance->module.header().imported_functions) {
            const FunctionHeader& header = c.own(target.function - c.instance->module.header().imported_functions);
            if (tail_params != kNone) {
                tail_header = &header;
                goto tail_call;
            }
            ENTER(header, callee_base, static_cast<u32>(next_pc - image), static_cast<u32>(callee_base - c_fp));
        }
    } else if (!same_type(type_of(target), type_at(c.instance->module, expected_type))) {
        TRAP(kIndirectCallType);
    }
    goto call_out;  // a tail call too: the return behind it follows (FunctionTranslator::call_indirect)
}

tail_call: {
    // The arguments move down to this function's own place, over its saved pc and fp, which move behind them.
    const u32 link_pc = c_fp[tail_params];
    const u32 link_fp = c_fp[tail_params + 1];
    if (static_cast<std::size_t>(stack_end - c_fp) < tail_header->frame_slots) TRAP(kStackExhausted);
    std::memmove(c_fp, callee_base, 4 * std::size_t{tail_header->param_slots});
    ENTER(*tail_header, c_fp, link_pc, link_fp);
}

call_out: {
    --fuel;
    Position at{c.instance, next_pc, c_fp};
    const CallOutcome outcome = call_out(owner, at, target, callee_base, false);
    if (outcome.end == CallEnd::kTrapped) {
        trap = outcome.trap;
        host_code = outcome.host_code;
        goto trapped;
    }
    c.enter(at);
    c.fuel = fuel;
    if (outcome.end == CallEnd::kSuspended) return c.suspended();
    acc = callee_base < stack_end ? callee_base[0] : 0;
    goto entered;
}

exit_entry: {
    Position at{c.instance, c_pc, c_fp};
    c.fuel = fuel;
    if (!return_over_boundary(owner, at)) return c.done();
    c.enter(at);
    acc = first_result(owner);
    goto entered;
}

#if SHARED_TAILS
#if !WASMBED_WASM_REGISTER_CORE
#define LOAD_AS(T)                            \
    load_##T : {                              \
        CHECKED(T, ea_base, ea_offset)        \
        acc = extend32(read<T>(memory + ea)); \
        goto finish_twin;                     \
    }
#define LOAD64_AS(T)                           \
    load64_##T : {                             \
        CHECKED(T, ea_base, ea_offset)         \
        wide = extend64(read<T>(memory + ea)); \
        goto finish_64;                        \
    }
#define STORE_AS(T, label, value)                         \
    label: {                                              \
        CHECKED(T, ea_base, ea_offset)                    \
        const T narrow = static_cast<T>(value);           \
        std::memcpy(memory + ea, &narrow, sizeof narrow); \
        goto finish;                                      \
    }
    LOAD_AS(u32)
    LOAD_AS(u16)
    LOAD_AS(s16)
    LOAD_AS(u8)
    LOAD_AS(s8)
    LOAD64_AS(u64)
    LOAD64_AS(u32)
    LOAD64_AS(s32)
    LOAD64_AS(u16)
    LOAD64_AS(s16)
    LOAD64_AS(u8)
    LOAD64_AS(s8)
    STORE_AS(u32, store_u32, stored)
    STORE_AS(u16, store_u16, stored)
    STORE_AS(u8, store_u8, stored)
    STORE_AS(u64, store_64bits, wide)

take_branch: {
    const u32 token = c_pc[0];
    const u32 distance = 2 * u32{read<u16>(c_pc + length - 2)};  // the last operand of every branch
    constexpr u32 kFirstLoop = static_cast<u32>(Op::kLoopEq_AS);
    constexpr u32 kLastLoop = static_cast<u32>(Op::kLoopNz_S);
    static_assert(!on_second_page(Op::kLoopNz_S));
    if (token != static_cast<u32>(Op::kBrLoop) && (token < kFirstLoop || token > kLastLoop)) {
        c_pc += length + distance;
        goto dispatch;
    }
    c_pc -= distance;
    if (--fuel < 0) goto out_of_fuel;
    goto dispatch;
}
#endif

#if WASMBED_WASM_FLOATS
convert: {
    const Truncated result = truncate(wide, static_cast<Integer>(conversion & 3));
    if (conversion & kTraps) {
        if (result.fit == Truncated::Fit::kNan) TRAP(kInvalidConversion);
        if (result.fit == Truncated::Fit::kOutside) TRAP(kIntegerOverflow);
    }
    wide = result.value;
    acc = static_cast<u32>(wide);
    if (!(conversion & 2)) goto finish_twin;
}
#endif
finish_64:
    store_64(&c_fp[c_pc[c_pc[0] == kEscape ? 2 : 1]], wide);
    goto finish;

finish_twin:
    if (twin != 0) {
        c_fp[c_pc[twin & 0xff]] = acc;
        length += twin >> 8;
        twin = 0;
    }
finish:
    c_pc += length;
#if WASMBED_WASM_REGISTER_CORE
    goto dispatch;
#else
dispatch: {
    const u32 token = c_pc[0];
    goto* labels[token == kEscape ? kEscape + c_pc[1] : token];
}
#endif
#endif

entered:
    c_pc = c.pc;
    c_fp = c.fp;
    image = c.image;
    VIEW();
    DISPATCH();

out_of_fuel:
    c.pc = c_pc;
    c.fp = c_fp;
    c.fuel = fuel;
    return c.out_of_fuel();

trapped:
    c.pc = c_pc;
    c.fp = c_fp;
    c.fuel = fuel;
    return c.trapped(trap, host_code);
}

}  // namespace wasmbed::wasm
