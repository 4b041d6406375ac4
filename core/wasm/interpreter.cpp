// The portable core: one function, direct dispatch by computed goto (GCC and clang). Operations are those of ops.inc.
// Where there is a core in registers (registers.hpp) it runs the hot ones, and this is left with the cold ones.
#include "core/wasm/interpreter.hpp"

#include "core/wasm/operation_bodies.hpp"

namespace wasmbed::wasm {

namespace {

// What cortex_m.S relies on: hot operations of the second page are all there, twins with an odd second byte.
static_assert(on_second_page(Op::kI32Eq_AS) && (static_cast<unsigned>(Op::kI32Eq_AS) - kEscape) % 2 == 0);

/// First word of the results that the last host call or call over a boundary left.
u32 first_result(const InstanceData& owner) {
    const u32 slot = owner.activation.results;
    return slot < owner.stack_slots ? owner.stack[slot] : 0;
}

}  // namespace

Outcome interpret(InstanceData& owner) {
#if WASMBED_WASM_REGISTER_CORE
    Registers registers;
    u32 end = REGISTERS_COLD;
#else
    static const void* const labels[kEscape + 256] = {
#define OP(name, form, ...) &&do_##name,
#define OP2(name, form, ...) &&do_##name, &&do_##name##_d,
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
    u32 call_index = 0;
    u32 call_table = 0;
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
#if WASMBED_WASM_REGISTER_CORE
    bool twin = false;
    const u8* next = nullptr;
    u32* slot_0 = nullptr;
    u32* slot_1 = nullptr;
    [[maybe_unused]] u32* slot_2 = nullptr;  // only floating-point bodies read a third operand
    const u8* immediates = nullptr;
    u64 wide = 0;
    [[maybe_unused]] constexpr u32 kTraps = 4;
    [[maybe_unused]] u32 conversion = 0;
#endif
    goto entered;

#if WASMBED_WASM_REGISTER_CORE
dispatch: {
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
    const u8* operands = c_pc + 1;
    u32 token = *c_pc;
    if (token == kEscape) token += *operands++;
    const Form form = kOpInfo[token].form();
    twin = kOpInfo[token - 1].has_twin();  // no cold operation is the first
    if (twin) --token;
    slot_0 = c_fp + operands[0];
    slot_1 = c_fp + operands[1];
    slot_2 = c_fp + operands[2];
    immediates = operands + slots_in(form);
    next = immediates + 2 * halves_in(form);
    switch (token) {
        default:
            __builtin_unreachable();  // hot operations do not end the other core
#define OPS_COLD
#define OP(name, form, ...)             \
    case static_cast<u32>(Op::k##name): \
        __VA_ARGS__;                    \
        break;
#define OP2 OP
#else
    {
#define OP(name, form, ...)                                                          \
    do_##name : {                                                                    \
        constexpr Layout place = layout_of(Form::form, on_second_page(Op::k##name)); \
        __VA_ARGS__;                                                                 \
        c_pc += place.length;                                                        \
        DISPATCH();                                                                  \
    }
#define OP2(name, form, ...)                                                             \
    OP(name, form, __VA_ARGS__)                                                          \
    do_##name##_d : {                                                                    \
        constexpr Layout place = layout_of(Form::form, on_second_page(Op::k##name##_d)); \
        __VA_ARGS__;                                                                     \
        c_fp[c_pc[place.length]] = acc;                                                  \
        c_pc += place.length + 1;                                                        \
        DISPATCH();                                                                      \
    }
#endif
#include "core/wasm/ops.inc"
#undef OP
#undef OP2
#undef OPS_COLD
    }
#if WASMBED_WASM_REGISTER_CORE
}
    goto finish;
#endif

bulk_stopped:
    if (bulk == Bulk::End::kMemory) TRAP(kMemoryOutOfBounds);
    if (bulk == Bulk::End::kTable) TRAP(kTableOutOfBounds);
#if WASMBED_WASM_STREAMED
    if (bulk == Bulk::End::kUnreadable) TRAP(kHost);
#endif
    goto out_of_fuel;

call_indirect: {
    bool inside;
    const Ref ref = c.table_entry(call_table, call_index, inside);
    if (!inside) TRAP(kUndefinedElement);
    if (ref == kNullRef) TRAP(kUninitializedElement);
    target = resolve(*c.instance, ref);
    if (target.instance == nullptr) TRAP(kUninitializedElement);
    const TypeEntry* types = types_of(c.instance->module);
    if (target.instance == c.instance) {
        const u32 type = function_type_index(c.instance->module, target.function);
        if (types[type].canonical != expected_type) TRAP(kIndirectCallType);
        const u32 imported = c.instance->module.header().imported_functions;
        if (tail_params != kNone && target.function >= imported) {
            tail_header = &c.own(target.function - imported);
            goto tail_call;
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

#if WASMBED_WASM_REGISTER_CORE
#if WASMBED_WASM_FLOATS
convert: {
    const Truncated result = truncate(wide, static_cast<Integer>(conversion & 3));
    if (conversion & kTraps) {
        if (result.fit == Truncated::Fit::kNan) TRAP(kInvalidConversion);
        if (result.fit == Truncated::Fit::kOutside) TRAP(kIntegerOverflow);
    }
    wide = result.value;
    if (!(conversion & 2)) {  // what has 64 bits leaves the accumulator as it is
        acc = static_cast<u32>(wide);
        goto finish;
    }
}
#endif
finish_64:
    store_64(slot_0, wide);
finish:
    c_pc = next;
    if (twin) c_fp[*c_pc++] = acc;
    goto dispatch;
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
