// Operands of the function being translated: their types (appendix A.3), and the places of their values.
#include <algorithm>

#include "core/wasm/function_translator.hpp"

namespace wasmbed::wasm {

namespace {

constexpr std::uint32_t kMaxFrameSlots = 8191;

bool fits16(std::int32_t value) {
    return value >= -32768 && value <= 32767;
}

}  // namespace

/// For so many more operands, and a block.
bool FunctionTranslator::room(std::uint32_t count) {
    if (reinterpret_cast<std::uintptr_t>(end_ + count) <= reinterpret_cast<std::uintptr_t>(control_ - 1)) return true;
    load_.no_space(Rule::kScratchArea, load_.scratch.size());
    return false;
}

Control* FunctionTranslator::push_control() {
    return room() ? --control_ : nullptr;
}

void FunctionTranslator::extend_frame(std::uint32_t slots) {
    if (slots <= frame_slots_ || !emit_.live()) return;
    frame_slots_ = slots;
    if (slots > kMaxFrameSlots) refuse(Rule::kFrameSlots);
}

Entry& FunctionTranslator::push(std::uint8_t type, Kind kind) {
    if (reinterpret_cast<std::uintptr_t>(end_ + 1) > reinterpret_cast<std::uintptr_t>(control_ - 1) && !room()) {
        return spare_;  // looked at here too: this is on the way of every instruction
    }
    const std::uint32_t home = next_home();
    Entry& e = *end_++;
    e.kind = kind;
    e.type = type;
    e.home = static_cast<std::uint16_t>(home);
    e.slot = e.home;
    const std::uint32_t slots = home + slots_of(type);
    if (slots > frame_slots_) extend_frame(slots);
    return e;
}

Entry& FunctionTranslator::push_constant(std::int32_t value) {
    Entry& e = push(kI32, Kind::kConst);
    e.value = value;
    return e;
}

/// Keeps the number of entries that are not in their homes small. Called between instructions, because it may use the
/// accumulator.
void FunctionTranslator::settle() {
    while (end_ - settled_ > kLazyEntries) {
        Entry& e = *settled_++;
        if (e.kind != Kind::kConst) to_home(e);
    }
}

/// Puts operands of no known type below those of the innermost block.
bool FunctionTranslator::make_up(std::uint32_t count) {
    if (!room(count)) return false;
    Entry* const base = control_->base;
    std::memmove(base + count, base, operands() * sizeof(Entry));
    std::fill_n(base, count, Entry{});
    end_ += count;
    return true;
}

/// Is the operand `below` the top one of this type? Behind a jump there are as many of no known type as are wanted.
bool FunctionTranslator::check_one(std::uint32_t below, std::uint8_t type) {
    if (operands() <= below && control_->unreachable && !make_up(below + 1 - operands())) return false;
    if (operands() > below) {
        const std::uint8_t found = top(below).type;
        if (found == type || found == kUnknownType || type == kUnknownType) return true;
    }
    mismatch();
    return false;
}

/// Are the topmost operands, but the `under` above them, of these types?
bool FunctionTranslator::check(Bytes types, std::uint32_t under) {
    auto below = static_cast<std::uint32_t>(types.size()) + under;
    for (std::uint8_t type : types) {
        if (!check_one(--below, type)) return false;
    }
    return true;
}

/// The same, and those of no known type have it then.
bool FunctionTranslator::retype(Bytes types, std::uint32_t under) {
    if (!check(types, under)) return false;
    Entry* e = end_ - types.size() - under;
    for (std::uint8_t type : types) e++->type = type;
    return true;
}

void FunctionTranslator::drop(std::uint32_t count) {
    drop_to(end_ - count);
}

void FunctionTranslator::drop_to(Entry* end) {
    end_ = end;
    if (accumulator_entry_ >= end) accumulator_entry_ = nullptr;
    if (settled_ > end) settled_ = end;
}

bool FunctionTranslator::in_accumulator(const Entry& e) const {
    if (e.kind == Kind::kAccumulator) return true;
    return (e.kind == Kind::kHome || e.kind == Kind::kLocal) && e.slot == accumulator_slot_;
}

/// A slot got a new value that is not the accumulator's.
void FunctionTranslator::wrote(std::uint32_t slot, std::uint32_t slots) {
    if (accumulator_slot_ - slot < slots) accumulator_slot_ = kNoSlot;
}

/// Saves the entry that lives in the accumulator only, by making its producer store it if that is the last operation.
void FunctionTranslator::spill_accumulator() {
    if (accumulator_entry_ == nullptr) return;
    Entry& e = *accumulator_entry_;
    if (!emit_.store_last_to(e.home)) emit_.s_to32(Op::kSta, e.home);
    e.kind = Kind::kHome;
    e.slot = e.home;
    accumulator_slot_ = e.home;
    accumulator_entry_ = nullptr;
}

void FunctionTranslator::move(std::uint32_t to, std::uint32_t from, std::uint32_t slots) {
    if (to == from) return;
    const auto t = static_cast<std::uint16_t>(to);
    const auto f = static_cast<std::uint16_t>(from);
    if (slots == 2) {
        emit_.ss_to64(Op::kMov64, t, f);
        emit_.barrier();  // so that a later change of its destination cannot reach a copy of a local
        wrote(to, 2);
    } else if (from == accumulator_slot_) {
        emit_.s_to32(Op::kSta, t);
    } else {
        emit_.ss_to32(Op::kMov, t, f);
        wrote(to, 1);
    }
}

/// Computes `local + constant` into the accumulator.
void FunctionTranslator::compute_add(Entry& e) {
    const bool loaded = accumulator_entry_ == nullptr && accumulator_slot_ == e.slot;
    const auto constant = static_cast<std::uint16_t>(e.add);
    clobber_accumulator();
    if (loaded) {
        emit_.h(Op::kI32Add_AI, constant);
    } else {
        emit_.sh(Op::kI32Add_SI, e.slot, constant);
    }
    e.kind = Kind::kAccumulator;
    accumulator_entry_ = &e;
}

/// Writes the constant `e` to a slot.
void FunctionTranslator::store_constant(std::uint32_t slot, const Entry& e) {
    const auto value = static_cast<std::uint32_t>(e.value);
    const std::uint32_t slots = slots_of(e.type);
    if (slots == 2) {
        emit_.sw_to64(Op::kStdS, slot, value);
    } else if (fits16(e.value)) {
        emit_.sh_to32(Op::kSti, slot, value);
    } else {
        emit_.sw_to32(Op::kStw, slot, value);
    }
    wrote(slot, slots);
}

void FunctionTranslator::to_home(Entry& e) {
    switch (e.kind) {
        case Kind::kHome:
            return;
        case Kind::kAdd:
            if (is_sum(e)) compute_add(e);
            [[fallthrough]];
        case Kind::kAccumulator:
            spill_accumulator();
            return;
        case Kind::kLocal:
            move(e.home, e.slot, slots_of(e.type));
            break;
        case Kind::kConst:
            store_constant(e.home, e);
            break;
    }
    e.kind = Kind::kHome;
    e.slot = e.home;
}

/// Makes the value readable in a slot: a local's own, or the home.
void FunctionTranslator::to_slot(Entry& e) {
    if (e.kind != Kind::kLocal) to_home(e);
}

/// Makes the accumulator hold a 32-bit value; another entry in it is saved first.
void FunctionTranslator::to_accumulator(Entry& e) {
    if (in_accumulator(e)) return;
    if (is_sum(e)) return compute_add(e);
    clobber_accumulator();
    if (e.kind != Kind::kConst) {
        emit_.s(Op::kLda, e.slot);
        accumulator_slot_ = e.slot;
        return;
    }
    if (kAllForms && fits16(e.value)) {
        emit_.h(Op::kLdiA, static_cast<std::uint32_t>(e.value));
    } else {
        emit_.w(Op::kLdwA, static_cast<std::uint32_t>(e.value));
    }
    e.kind = Kind::kAccumulator;
    accumulator_entry_ = &e;
}

/// For an operation that takes the value from the accumulator, or by another form from a slot: the first of `operands`.
/// True if it is in the accumulator.
bool FunctionTranslator::only_operand(Entry& e, Operands& operands) {
    if (!kAllForms || is_sum(e) || e.kind == Kind::kConst) to_accumulator(e);
    operands.s[0] = e.slot;
    return !kAllForms || in_accumulator(e);
}

/// Brings every operand to where a join expects it: homes, and from entry `constants_from` on constants too.
void FunctionTranslator::flush(Entry* constants_from) {
    for (Entry* e = settled_ < constants_from ? settled_ : constants_from; e < end_; ++e) {
        if (e->kind != Kind::kConst || e >= constants_from) to_home(*e);
    }
    spill_accumulator();
    settled_ = end_;
}

/// The same for the `count` topmost operands only.
void FunctionTranslator::flush_top(std::uint32_t count) {
    for (Entry* e = end_ - count; e < end_; ++e) to_home(*e);
}

/// In front of a change of the local at `slot`: operands (but the `below` topmost) that still refer to it get their
/// copy.
void FunctionTranslator::keep_copies_of(std::uint32_t slot, std::uint32_t below) {
    for (Entry* e = settled_; e < end_ - below; ++e) {
        if ((e->kind == Kind::kLocal || is_sum(*e)) && e->slot == slot) to_home(*e);
    }
}

/// The operation just emitted left a 32-bit result in the accumulator.
void FunctionTranslator::result_in_accumulator(std::uint8_t type) {
    accumulator_slot_ = kNoSlot;
    Entry& e = push(type, Kind::kAccumulator);
    if (r_.ok()) accumulator_entry_ = &e;
}

}  // namespace wasmbed::wasm
