// Structured control (sections 3.3.8 and 5.4.1): blocks, branches, calls.
#include "core/wasm/function_translator.hpp"

namespace wasmbed::wasm {

namespace {

// A block type in 32 bits: nothing, one result (the place of its type in the module), or a type index.
constexpr std::uint32_t kEmptyBlock = 0xffffffff;
constexpr std::uint32_t kOneResult = 0x80000000;

/// First operation of the branches of a direction; conditions follow in the order of the comparisons.
constexpr unsigned kFullConditions = 6;
constexpr unsigned kFormsPerFull = 4;

std::uint16_t u16(std::uint32_t value) {
    return static_cast<std::uint16_t>(value);
}

}  // namespace

std::uint32_t FunctionTranslator::read_block_type() {
    const std::uint32_t at = r_.position();
    const std::uint8_t first = r_.peek();
    if (first == 0x40) {
        r_.byte();
        return kEmptyBlock;
    }
    if ((first & 0xc0) == 0x40) {  // a one-byte negative number: a value type
        read_value_type(load_);
        return kOneResult | at;
    }
    const std::int64_t index = r_.s33();
    if (index < 0 || index >= load_.header->type_count) {
        load_.invalid("unknown type", at, static_cast<std::uint32_t>(index));
        return kEmptyBlock;
    }
    return static_cast<std::uint32_t>(index);
}

FunctionTranslator::BlockTypes FunctionTranslator::types_of(std::uint32_t block_type) const {
    if (block_type == kEmptyBlock) return {};
    if (block_type & kOneResult) return {{}, load_.wasm.subspan(block_type & ~kOneResult, 1)};
    const FuncType type = load_.type(block_type);
    return {type.params, type.results};
}

Bytes FunctionTranslator::label_types(const Control& control) const {
    if (control.kind == Control::Kind::kFunction) return type_.results;
    const BlockTypes types = types_of(control.block_type);
    return control.kind == Control::Kind::kLoop ? types.params : types.results;
}

void FunctionTranslator::set_unreachable() {
    Control& control = top_control();
    entry_count_ = control.height;
    control.unreachable = true;
    live_ = false;
    accumulator_entry_ = kNoEntry;
    accumulator_slot_ = kNoSlot;
    if (settled_ > entry_count_) settled_ = entry_count_;
}

void FunctionTranslator::push_results(Bytes types) {
    for (std::uint8_t type : types) push(type);
    settled_ = entry_count_;
}

void FunctionTranslator::block(Control::Kind kind) {
    const std::uint32_t block_type = read_block_type();
    if (!r_.ok()) return;
    const BlockTypes types = types_of(block_type);
    const auto params = static_cast<std::uint32_t>(types.params.size());
    std::uint32_t else_fixups = kNone;
    if (kind == Control::Kind::kIf) {
        if (!check({ValType::kI32})) return;
        if (live_) {
            // The condition stays on top meanwhile, so that a comparison can still become the branch.
            for (std::uint32_t i = settled_; i + 1 < entry_count_; ++i) {
                if (entries_[i].kind != Kind::kConst || i + 1 + params >= entry_count_) to_home(entries_[i]);
            }
            for (std::uint32_t i = 0; i < params && i + 1 < entry_count_; ++i) to_home(top(1 + i));
        } else {
            drop(1);
        }
    }
    if (live_ && kind == Control::Kind::kIf) {
        branch_on(false, else_fixups, nullptr);
    }
    if (!check(types.params)) return;
    if (live_) {
        flush(entry_count_ - params);
    } else {
        drop(params);
        push_results(types.params);
    }
    Control* control = push_control();
    if (control == nullptr) return;
    const std::uint32_t height = entry_count_ - params;
    *control = {kind, false, live_, block_type, height, 0, 0, kNone, else_fixups, 0, 0};
    control->home = params == 0 ? next_home() : entries_[height].home;
    if (kind == Control::Kind::kLoop && live_) {
        emit_.barrier();
        accumulator_slot_ = kNoSlot;
        control->loop_at = emit_.position();
    }
}

void FunctionTranslator::else_() {
    Control& control = top_control();
    if (control.kind != Control::Kind::kIf) return r_.malformed("unexpected token else", instruction_at_);
    const BlockTypes types = types_of(control.block_type);
    if (!check(types.results)) return;
    if (entry_count_ - control.height > types.results.size()) return mismatch();
    if (live_) {
        flush(control.height);
        emit_.branch(Op::kBr, {}, control.fixups);
    }
    control.kind = Control::Kind::kElse;
    control.unreachable = false;
    live_ = control.entry_live;
    if (live_) emit_.land(control.else_fixups);
    accumulator_slot_ = kNoSlot;
    accumulator_entry_ = kNoEntry;
    entry_count_ = control.height;
    push_results(types.params);
}

void FunctionTranslator::end() {
    Control& control = top_control();
    const bool function = control.kind == Control::Kind::kFunction;
    const BlockTypes types = function ? BlockTypes{{}, type_.results} : types_of(control.block_type);
    if (!check(types.results)) return;
    if (entry_count_ - control.height > types.results.size()) return mismatch();
    if (control.kind == Control::Kind::kIf) {  // without else: both ways must leave the same types (section 5.4.1)
        if (types.params.size() != types.results.size()) return mismatch();
        for (std::size_t i = 0; i < types.params.size(); ++i) {
            if (types.params[i] != types.results[i]) return mismatch();
        }
    }
    if (function) {
        if (live_) emit_return();
        --control_count_;
        return;
    }
    const bool joined = control.fixups != kNone || control.else_fixups != kNone;
    if (live_ && joined) flush(control.height);
    const bool was_live = live_;
    if (joined) {
        emit_.land(control.fixups);
        emit_.land(control.else_fixups);
        accumulator_slot_ = kNoSlot;
        accumulator_entry_ = kNoEntry;
        live_ = true;
    }
    const std::uint32_t height = control.height;
    --control_count_;
    if (!was_live || !live_) {
        entry_count_ = height;
        if (settled_ > entry_count_) settled_ = entry_count_;
        push_results(types.results);
    }
}

std::uint32_t FunctionTranslator::read_label() {
    const std::uint32_t at = r_.position();
    const std::uint32_t depth = r_.u32();
    if (r_.ok() && depth >= control_count_) load_.invalid("unknown label", at, depth);
    return depth;
}

/// Do values for the label lie elsewhere than where it expects them?
bool FunctionTranslator::needs_move(const Control& target, Bytes types) const {
    return !types.empty() && entries_[entry_count_ - types.size()].home != target.home;
}

/// Copies the topmost operands, which are in their homes, to where the label expects them (never upwards).
void FunctionTranslator::move_to_label(const Control& target, Bytes types) {
    if (!needs_move(target, types)) return;
    const std::uint32_t from = entries_[entry_count_ - types.size()].home;
    const std::uint32_t slots = slots_of(types);
    if (types.size() == 1) return move(target.home, from, slots);
    emit_.op(Op::kMovMany, {.h = {u16(target.home), u16(from), u16(slots)}});
    accumulator_slot_ = kNoSlot;
}

/// An unconditional branch; its values are in their homes.
void FunctionTranslator::jump_to(Control& target) {
    const Bytes types = label_types(target);
    if (target.kind == Control::Kind::kFunction) return emit_return();
    move_to_label(target, types);
    if (target.kind == Control::Kind::kLoop) {
        emit_.loop(Op::kBrLoop, {}, target.loop_at);
    } else {
        emit_.branch(Op::kBr, {}, target.fixups);
    }
}

/// Branches if the operand on top is (not) zero, and drops it: forward into `fixups`, or back to `loop`.
void FunctionTranslator::branch_on(bool condition, std::uint32_t& fixups, Control* loop) {
    const Op last = emit_.last();
    Operands operands;
    Op op;
    if (top().kind == Kind::kAccumulator && last >= Op::kI32Eq_AS && last <= Op::kI32LeU_AS_d) {
        const unsigned distance = last - Op::kI32Eq_AS;
        const bool full = distance < kFullConditions * 8;
        unsigned c = full ? distance / 8 : kFullConditions + (distance - kFullConditions * 8) / 2;
        const unsigned form = full ? distance % 8 / 2 : 0;
        if (!condition) c ^= 1;
        operands = emit_.last_operands();
        emit_.rewind_last();
        accumulator_slot_ = accumulator_slot_before_;
        op = Op::kBrEq_AS +
             (c < kFullConditions ? c * kFormsPerFull + form : kFullConditions * kFormsPerFull + (c - kFullConditions));
        const bool zero = c <= 1 && (form == 1 || form == 3) && operands.h[0] == 0;
        if (zero) op = (c == 0 ? Op::kBrZ_A : Op::kBrNz_A) + (form == 3 ? 1 : 0);
    } else {
        if (top().kind == Kind::kConst || top().kind == Kind::kAdd) to_accumulator(top());
        const bool a = in_accumulator(top());
        op = (condition ? Op::kBrNz_A : Op::kBrZ_A) + (a ? 0 : 1);
        operands.s[0] = top().slot;
    }
    drop(1);
    spill_accumulator();
    if (loop != nullptr) {
        emit_.loop(op + (Op::kLoopEq_AS - Op::kBrEq_AS), operands, loop->loop_at);
    } else {
        emit_.branch(op, operands, fixups);
    }
}

void FunctionTranslator::br(std::uint32_t depth) {
    if (!r_.ok()) return;
    Control& target = control_at(depth);
    const Bytes types = label_types(target);
    if (!check(types)) return;
    if (live_) {
        if (target.kind != Control::Kind::kFunction) flush_top(static_cast<std::uint32_t>(types.size()));
        jump_to(target);
    }
    set_unreachable();
}

void FunctionTranslator::br_if() {
    const std::uint32_t depth = read_label();
    if (!r_.ok() || !check({ValType::kI32})) return;
    Control& target = control_at(depth);
    const Bytes types = label_types(target);
    const auto count = static_cast<std::uint32_t>(types.size());
    if (!live_) {
        drop(1);
        if (!check(types)) return;
        drop(count);
        push_results(types);
        return;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!check_one(1 + i, types[count - 1 - i])) return;
    }
    for (std::uint32_t i = entry_count_ - 1 - count; i < entry_count_ - 1; ++i) to_home(entries_[i]);
    if (accumulator_entry_ != kNoEntry && accumulator_entry_ != entry_count_ - 1) spill_accumulator();
    const bool function = target.kind == Control::Kind::kFunction;
    const bool moves = !types.empty() && entries_[entry_count_ - 1 - count].home != target.home;
    if (!function && !moves) {
        return branch_on(true, target.fixups, target.kind == Control::Kind::kLoop ? &target : nullptr);
    }
    std::uint32_t over = kNone;
    branch_on(false, over, nullptr);
    jump_to(target);
    emit_.land(over);
    accumulator_slot_ = kNoSlot;
}

// Entries of the table first hold the labels' depths. Then each becomes a forward branch to its label's end, or to a
// stub behind the table that moves values, goes back to a loop, or returns; one stub per label.
void FunctionTranslator::br_table() {
    if (!check({ValType::kI32})) return;
    const std::uint32_t count = r_.u32();
    if (count > r_.left()) return r_.malformed("unexpected end", r_.position());
    if (count > 0xfff0) return load_.limit("br_table too long (at most 65520 labels)", instruction_at_);
    std::uint32_t arity = kNone;
    std::uint32_t first_entry = kNone;
    if (live_) {
        for (std::uint32_t i = settled_; i + 1 < entry_count_; ++i) {
            if (entries_[i].kind != Kind::kConst) to_home(entries_[i]);
        }
        to_slot(top());
        spill_accumulator();
        const std::uint16_t index = top().slot;
        drop(1);
        const std::uint32_t depth_of_types = entry_count_;
        (void)depth_of_types;
        // Which operands are the labels' values is known with the first label; until then all constants may be among
        // them.
        for (std::uint32_t i = top_control().height; i < entry_count_; ++i) to_home(entries_[i]);
        emit_.sh(Op::kBrTable, index, u16(count));
    } else {
        drop(1);
    }
    for (std::uint32_t i = 0; i <= count && r_.ok(); ++i) {
        const std::uint32_t depth = read_label();
        if (!r_.ok()) return;
        if (depth > 0xffff) return load_.limit("blocks nested too deep for br_table", instruction_at_);
        const Bytes types = label_types(control_at(depth));
        if (arity == kNone) arity = static_cast<std::uint32_t>(types.size());
        if (types.size() != arity) return mismatch();
        if (!check(types)) return;
        if (live_) {
            const std::uint32_t entry = emit_.table_entry(u16(depth));
            if (i == 0) first_entry = entry;
        }
    }
    if (!r_.ok()) return;
    if (live_) {
        ++tables_;
        for (std::uint32_t i = 0; i <= count && r_.ok(); ++i) {
            const std::uint32_t entry = first_entry + 2 * i;
            Control& target = control_at(emit_.table_value(entry));
            const bool forward = target.kind != Control::Kind::kFunction && target.kind != Control::Kind::kLoop;
            if (forward && !emit_.wide() && !needs_move(target, label_types(target))) {
                emit_.chain(entry, target.fixups);
                continue;
            }
            if (target.table != tables_) {
                target.table = tables_;
                target.stub_at = emit_.position();
                accumulator_slot_ = kNoSlot;
                jump_to(target);
            }
            emit_.land_field(entry, target.stub_at);
        }
    }
    set_unreachable();
}

void FunctionTranslator::return_() {
    if (!check(type_.results)) return;
    if (live_) emit_return();
    set_unreachable();
}

/// Leaves the function with the topmost operands as results. May change where they are: nothing may follow on this
/// path.
void FunctionTranslator::emit_return() {
    const auto count = static_cast<std::uint32_t>(type_.results.size());
    const std::uint32_t slots = slots_of(type_.results);
    if (count == 0) {
        emit_.h(Op::kRet, u16(param_slots_));
    } else if (slots == 1) {
        Entry saved = top();
        const std::uint32_t saved_entry = accumulator_entry_;
        to_accumulator(top());
        emit_.h(Op::kRetA, u16(param_slots_));
        top() = saved;
        accumulator_entry_ = saved_entry;
    } else if (count == 1) {
        to_slot(top());
        emit_.sh(Op::kRet64, top().slot, u16(param_slots_));
    } else {
        flush_top(count);
        emit_.op(Op::kRetMany, {.h = {u16(top(count - 1).home), u16(slots), u16(param_slots_)}});
    }
    emit_.barrier();
}

void FunctionTranslator::call(bool tail) {
    const std::uint32_t at = r_.position();
    const std::uint32_t function = r_.u32();
    if (!r_.ok()) return;
    if (function >= load_.header->function_count) return load_.invalid("unknown function", at, function);
    const FuncType type = load_.type(load_.type_of_function(function));
    if (tail &&
        !(slots_of(type.results) == slots_of(type_.results) && same_type({{}, type.results}, {{}, type_.results}))) {
        return mismatch();
    }
    if (!check(type.params)) return;
    const auto params = static_cast<std::uint32_t>(type.params.size());
    const bool imported = function < load_.header->imported_functions;
    if (live_) {
        flush_top(params);
        spill_accumulator();
        const std::uint32_t base = params == 0 ? next_home() : top(params - 1).home;
        extend_frame(base + slots_of(type.results));
        Operands operands{.h = {u16(function), u16(base), u16(param_slots_)}};
        emit_.op(imported ? Op::kCallImport : tail ? Op::kTailCall : Op::kCall, operands);
        emit_.barrier();
        accumulator_slot_ = kNoSlot;
    }
    drop(params);
    push_results(type.results);
    if (!r_.ok()) return;
    if (live_ && slots_of(type.results) == 1) accumulator_slot_ = top().home;
    if (!tail) return;
    if (live_ && imported) emit_return();  // a host function needs no frame, so that call and return is a tail call
    set_unreachable();
}

void FunctionTranslator::call_indirect(bool tail) {
    const std::uint32_t at = r_.position();
    const std::uint32_t type_index = r_.u32();
    const std::uint32_t table = read_table();
    if (!r_.ok()) return;
    if (load_.table_types[table] != static_cast<std::uint8_t>(ValType::kFuncref)) return mismatch();
    if (type_index >= load_.header->type_count) return load_.invalid("unknown type", at, type_index);
    const FuncType type = load_.type(type_index);
    if (tail && !same_type({{}, type.results}, {{}, type_.results})) return mismatch();
    if (!check({ValType::kI32})) return;
    const auto params = static_cast<std::uint32_t>(type.params.size());
    if (live_) {
        for (std::uint32_t i = 0; i < params; ++i) {
            if (!check_one(1 + i, type.params[params - 1 - i])) return;
            to_home(top(1 + i));
        }
        to_slot(top());
        spill_accumulator();
        const std::uint16_t index = top().slot;
        drop(1);
        const std::uint32_t base = params == 0 ? next_home() : top(params - 1).home;
        extend_frame(base + slots_of(type.results));
        Operands operands{.s = {index},
                          .h = {load_.types()[type_index].canonical, u16(table), u16(base), u16(param_slots_)}};
        emit_.op(tail ? Op::kTailCallIndirect : Op::kCallIndirect, operands);
        emit_.barrier();
        accumulator_slot_ = kNoSlot;
    } else {
        drop(1);
        if (!check(type.params)) return;
    }
    drop(params);
    push_results(type.results);
    if (!r_.ok()) return;
    if (live_ && slots_of(type.results) == 1) accumulator_slot_ = top().home;
    if (!tail) return;
    if (live_) emit_return();  // taken when the callee was not a function of this instance
    set_unreachable();
}

}  // namespace wasmbed::wasm
