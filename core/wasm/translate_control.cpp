// Structured control (sections 3.3.8 and 5.4.1): blocks, branches, calls.
#include "core/wasm/function_translator.hpp"

namespace wasmbed::wasm {

namespace {

// A block type in 32 bits: nothing, one result (the place of its type in the module), or a type index.
constexpr std::uint32_t kEmptyBlock = 0xffffffff;
constexpr std::uint32_t kOneResult = 0x80000000;

constexpr unsigned kFormsPerFull = 4;  ///< of branches: conditions are in the order of comparisons, without twins

std::uint16_t u16(std::uint32_t value) {
    return static_cast<std::uint16_t>(value);
}

#if WASMBED_WASM_STREAMED
/// A list of that type alone.
Bytes one_type(std::uint32_t type) {
    // By the low five bits, in which the codes of value types differ.
    static constexpr std::uint8_t kTypes[32] = {0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0,    0x6f,
                                                0x70, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7c, 0x7d, 0x7e, 0x7f};
    return {kTypes + (type & 31), 1};
}
#endif

}  // namespace

std::uint32_t FunctionTranslator::read_block_type() {
    const std::uint32_t at = r_.position();
    const std::uint8_t first = r_.peek();
    if (first == 0x40) {
        r_.byte();
        return kEmptyBlock;
    }
    if ((first & 0xc0) == 0x40) {  // a one-byte negative number: a value type
#if WASMBED_WASM_STREAMED
        return kOneResult | read_value_type(load_);
#else
        read_value_type(load_);
        return kOneResult | at;
#endif
    }
    const std::int64_t index = r_.s33();
    if (index < 0 || index >= load_.header->type_count) {
        r_.fail(Rule::kUnknownType, at, static_cast<std::uint32_t>(index));
        return kEmptyBlock;
    }
    return static_cast<std::uint32_t>(index);
}

FunctionTranslator::BlockTypes FunctionTranslator::types_of(const Control& control) const {
    if (control.kind == Control::Kind::kFunction) return {{}, type_.results};
    return types_of(control.block_type);
}

FunctionTranslator::BlockTypes FunctionTranslator::types_of(std::uint32_t block_type) const {
    if (block_type == kEmptyBlock) return {};
#if WASMBED_WASM_STREAMED
    if (block_type & kOneResult) return {{}, one_type(block_type & 0xff)};
#else
    if (block_type & kOneResult) return {{}, load_.wasm.subspan(block_type & ~kOneResult, 1)};
#endif
    const FuncType type = load_.type(block_type);
    return {type.params, type.results};
}

Bytes FunctionTranslator::label_types(const Control& control) const {
    const BlockTypes types = types_of(control);
    return control.kind == Control::Kind::kLoop ? types.params : types.results;
}

void FunctionTranslator::set_unreachable() {
    control_->unreachable = true;
    emit_.set_live(false);
    accumulator_slot_ = kNoSlot;
    drop_to(control_->base);
}

void FunctionTranslator::push_results(Bytes types) {
    const bool all_settled = settled_ == end_;  // behind a call, operands below may still be locals
    for (std::uint8_t type : types) push(type);
    if (all_settled) settled_ = end_;
}

void FunctionTranslator::block(Control::Kind kind) {
    const std::uint32_t block_type = read_block_type();
    const BlockTypes types = types_of(block_type);
    const auto params = static_cast<std::uint32_t>(types.params.size());
    std::uint32_t else_fixups = kNone;
    if (kind == Control::Kind::kIf) {
        if (!check_i32()) return;
        if (!check(types.params, 1)) return;
        // The condition stays on top meanwhile, so that a comparison can still become the branch.
        Entry* const condition = end_ - 1;
        Entry* const first_param = condition - params;
        for (Entry* e = settled_ < first_param ? settled_ : first_param; e < condition; ++e) {
            if (e->kind != Kind::kConst || e >= first_param) to_home(*e);
        }
        branch_on(false, else_fixups, nullptr);
    }
    if (!retype(types.params)) return;
    flush(end_ - params);
    Control* control = push_control();
    if (control == nullptr) return;
    Entry* base = end_ - params;
    *control = {kind, false, emit_.live(), block_type, base, 0, 0, kNone, else_fixups, 0, 0};
    control->home = params == 0 ? next_home() : base->home;
    if (kind == Control::Kind::kLoop) {
        emit_.barrier();
        accumulator_slot_ = kNoSlot;
        control->loop_at = emit_.position();
    }
}

void FunctionTranslator::else_() {
    Control& control = *control_;
    if (control.kind != Control::Kind::kIf) return refuse(Rule::kUnexpectedElse);
    const BlockTypes types = types_of(control.block_type);
    if (!check_results(types.results)) return;
    flush(control.base);
    emit_.branch(Op::kBr, {}, control.fixups);
    control.kind = Control::Kind::kElse;
    control.unreachable = false;
    emit_.set_live(control.entry_live);
    emit_.land(control.else_fixups);
    accumulator_slot_ = kNoSlot;
    drop_to(control.base);
    push_results(types.params);
}

/// Does the innermost block leave exactly these operands?
bool FunctionTranslator::check_results(Bytes types) {
    if (!check(types)) return false;
    if (operands() <= types.size()) return true;
    mismatch();
    return false;
}

void FunctionTranslator::end() {
    const Control& control = *control_;
    const BlockTypes types = types_of(control);
    if (!check_results(types.results)) return;
    if (control.kind == Control::Kind::kIf) {  // without else: both ways must leave the same types (section 5.4.1)
        if (!same_types(types.params, types.results)) return mismatch();
    }
    if (control.kind == Control::Kind::kFunction) {
        emit_return();
        ++control_;
        if (!r_.done()) r_.fail(Rule::kSectionSize, r_.position());
        return;
    }
    const bool joined = control.fixups != kNone || control.else_fixups != kNone;
    if (joined) flush(control.base);
    const bool was_live = emit_.live();
    if (joined) {
        emit_.land(control_->fixups);
        emit_.land(control_->else_fixups);
        accumulator_slot_ = kNoSlot;
        emit_.set_live(true);
    }
    Entry* base = control.base;
    ++control_;
    if (was_live) return;
    drop_to(base);
    push_results(types.results);
}

std::uint32_t FunctionTranslator::read_label() {
    const std::uint32_t depth =
        load_.read_index(static_cast<std::uint32_t>(controls_end_ - control_), Rule::kUnknownLabel);
    return depth == kNone ? 0 : depth;
}

/// Do values for the label lie elsewhere than where it expects them?
bool FunctionTranslator::needs_move(const Control& target, Bytes types) const {
    return !types.empty() && (end_ - types.size())->home != target.home;
}

/// Copies the topmost operands, which are in their homes, to where the label expects them (never upwards).
void FunctionTranslator::move_to_label(const Control& target, Bytes types) {
    if (!needs_move(target, types)) return;
    const std::uint32_t from = (end_ - types.size())->home;
    const std::uint32_t slots = slots_of(types);
    if (types.size() == 1) return move(target.home, from, slots);
    emit_.op(Op::kMovMany, Operands::halves(target.home, from, slots));
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
    Comparison last;
    Op op;
    if (take_last_compare(last)) {
        const unsigned c = last.condition ^ (condition ? 0 : 1);
        const unsigned form = last.form / 2;
        accumulator_slot_ = accumulator_slot_before_;
        op = Op::kBrEq_AS +
             (c < kFullConditions ? c * kFormsPerFull + form : kFullConditions * kFormsPerFull + (c - kFullConditions));
        const bool zero = c <= 1 && (form == 1 || form == 3) && last.operands.h[0] == 0;
        if (zero) op = (c == 0 ? Op::kBrZ_A : Op::kBrNz_A) + (form == 3 ? 1 : 0);
    } else {
        const bool a = only_operand(top(), last.operands);
        op = (condition ? Op::kBrNz_A : Op::kBrZ_A) + (a ? 0 : 1);
    }
    drop(1);
    spill_accumulator();
    if (loop != nullptr) {
        emit_.loop(op + (Op::kLoopZ_A - Op::kBrZ_A), last.operands, loop->loop_at);
    } else {
        emit_.branch(op, last.operands, fixups);
    }
}

void FunctionTranslator::br(std::uint32_t depth) {
    Control& target = control_[depth];
    const Bytes types = label_types(target);
    if (!check(types)) return;
    if (target.kind != Control::Kind::kFunction) flush_top(static_cast<std::uint32_t>(types.size()));
    jump_to(target);
    set_unreachable();
}

void FunctionTranslator::br_if() {
    Control& target = control_[read_label()];
    if (!check_i32()) return;
    const Bytes types = label_types(target);
    const auto count = static_cast<std::uint32_t>(types.size());
    if (!retype(types, 1)) return;
    Entry* const condition = end_ - 1;
    for (Entry* e = condition - count; e < condition; ++e) to_home(*e);
    if (accumulator_entry_ != condition) spill_accumulator();
    const bool function = target.kind == Control::Kind::kFunction;
    const bool moves = count != 0 && (condition - count)->home != target.home;
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
    if (!check_i32()) return;
    const std::uint32_t count = r_.u32();
    if (count > r_.left()) return r_.fail(Rule::kUnexpectedEnd, r_.position());
    if (count > 0xfff0) return refuse(Rule::kBrTableLabels);
    to_slot(top());
    drop(1);
    // Which operands are the labels' values is known with the first label: until then all may be among them.
    flush(control_->base);
    emit_.sh(Op::kBrTable, end_->slot, count);
    const std::uint32_t first_entry = emit_.position();
    std::uint32_t arity = kNone;
    for (std::uint32_t i = 0; i <= count && r_.ok(); ++i) {
        const std::uint32_t depth = read_label();
        if (depth > 0xffff) return refuse(Rule::kBrTableDepth);
        const Bytes types = label_types(control_[depth]);
        if (arity == kNone) arity = static_cast<std::uint32_t>(types.size());
        if (types.size() != arity) return mismatch();
        if (!check(types)) return;
        emit_.table_entry(u16(depth));
    }
    if (!r_.ok()) return;
    if (emit_.live()) {
        ++tables_;
        for (std::uint32_t i = 0; i <= count && r_.ok(); ++i) link_table_entry(first_entry + 2 * i);
    }
    set_unreachable();
}

/// Turns an entry that holds a label's depth into the branch there.
void FunctionTranslator::link_table_entry(std::uint32_t entry) {
    Control& target = control_[emit_.table_value(entry)];
    const bool forward = target.kind != Control::Kind::kFunction && target.kind != Control::Kind::kLoop;
    if (forward && !emit_.wide() && !needs_move(target, label_types(target))) {
        return emit_.chain(entry, target.fixups);
    }
    if (target.table != tables_) {
        target.table = tables_;
        target.stub_at = emit_.position();
        accumulator_slot_ = kNoSlot;
        jump_to(target);
    }
    emit_.land_field(entry, target.stub_at);
}

void FunctionTranslator::return_() {
    if (!check(type_.results)) return;
    emit_return();
    set_unreachable();
}

/// Leaves the function with the topmost operands as results. May change where they are: nothing may follow on this
/// path.
void FunctionTranslator::emit_return() {
    const auto count = static_cast<std::uint32_t>(type_.results.size());
    const std::uint32_t slots = slots_of(type_.results);
    if (count == 0) {
        emit_.byte(Op::kRet, param_slots_);
    } else if (slots == 1) {
        const Entry saved = top();
        Entry* const saved_entry = accumulator_entry_;
        to_accumulator(top());
        emit_.byte(Op::kRetA, param_slots_);
        top() = saved;
        accumulator_entry_ = saved_entry;
    } else if (count == 1) {
        to_slot(top());
        emit_.sh(Op::kRet64, top().slot, u16(param_slots_));
    } else {
        flush_top(count);
        emit_.op(Op::kRetMany, Operands::halves(top(count - 1).home, slots, param_slots_));
    }
    emit_.barrier();
}

void FunctionTranslator::call(bool tail) {
    const std::uint32_t function = load_.read_function();
    if (function == kNone) return;
    const FuncType type = load_.type(load_.type_of_function(function));
    if (!check(type.params)) return;
    const bool imported = function < load_.header->imported_functions;
    // A host function needs no frame, so that call and return is a tail call.
    const Op op = imported ? Op::kCallImport : tail ? Op::kTailCall : Op::kCall;
    const std::uint32_t index = imported ? function : function - load_.header->imported_functions;
    Operands operands = Operands::halves(index);
    emit_call(op, type, operands, 1);
    if (tail) leave_by_call(type, imported);
}

void FunctionTranslator::call_indirect(bool tail) {
    const std::uint32_t type_index = load_.read_type_index();
    const std::uint32_t table = load_.read_table();
    if (!r_.ok()) return;
    if (load_.table_types[table] != static_cast<std::uint8_t>(ValType::kFuncref)) return mismatch();
    const FuncType type = load_.type(type_index);
    if (!check_i32()) return;
    if (!check(type.params, 1)) return;
    Entry* const index = end_ - 1;
    for (Entry* e = index - type.params.size(); e < index; ++e) to_home(*e);
    to_slot(*index);
    drop(1);
    Operands operands = Operands::slot_and_halves(end_->slot, load_.types()[type_index].canonical, table);
    emit_call(tail ? Op::kTailCallIndirect : Op::kCallIndirect, type, operands, 2);
    if (tail) leave_by_call(type, true);  // returns if the callee was not a function of this instance
}

/// A call whose arguments are on top. Their place, and where this function's own begin, are its immediates from `half`.
void FunctionTranslator::emit_call(Op op, const FuncType& type, Operands& operands, unsigned half) {
    const auto params = static_cast<std::uint32_t>(type.params.size());
    flush_top(params);
    spill_accumulator();
    const std::uint32_t base = params == 0 ? next_home() : top(params - 1).home;
    extend_frame(base + slots_of(type.results));
    operands.h[half] = u16(base);
    operands.h[half + 1] = u16(param_slots_);
    emit_.op(op, operands);
    emit_.barrier();
    accumulator_slot_ = kNoSlot;
    drop(params);
    push_results(type.results);
    if (slots_of(type.results) == 1) accumulator_slot_ = top().home;
}

/// Behind a tail call, whose results must be this function's (validation of return_call).
void FunctionTranslator::leave_by_call(const FuncType& type, bool returns) {
    if (!same_types(type.results, type_.results)) return mismatch();
    if (returns) emit_return();
    set_unreachable();
}

}  // namespace wasmbed::wasm
