// Operands of the function being translated: their types (appendix A.3), and the places of their values.
#include <initializer_list>

#include "core/wasm/function_translator.hpp"

namespace wasmbed::wasm {

namespace {

constexpr std::uint32_t kMaxFrameSlots = 8191;

bool fits16(std::int32_t value) {
    return value >= -32768 && value <= 32767;
}

}  // namespace

bool FunctionTranslator::room() {
    const std::uint64_t used =
        std::uint64_t{entry_count_ + 1} * sizeof(Entry) + std::uint64_t{control_count_ + 1} * sizeof(Control);
    if (used <= stack_bytes_) return true;
    load_.no_space("scratch area too small", load_.scratch.size());
    return false;
}

Control* FunctionTranslator::push_control() {
    if (!r_.ok() || !room()) return nullptr;
    ++control_count_;
    return &top_control();
}

std::uint32_t FunctionTranslator::next_home() const {
    if (entry_count_ == 0) return first_home_;
    const Entry& last = entries_[entry_count_ - 1];
    return last.home + slots_of(last.type);
}

void FunctionTranslator::extend_frame(std::uint32_t slots) {
    if (slots <= frame_slots_) return;
    frame_slots_ = slots;
    if (slots > kMaxFrameSlots) load_.limit("function needs too many slots (at most 8191)", instruction_at_);
}

Entry* FunctionTranslator::push(std::uint8_t type, Kind kind) {
    if (!r_.ok() || !room()) return nullptr;
    const std::uint32_t home = next_home();
    if (live_) extend_frame(home + slots_of(type));
    if (!r_.ok()) return nullptr;
    Entry& e = entries_[entry_count_++];
    const auto slot = static_cast<std::uint16_t>(home & 0xffff);
    e = {kind, type, slot, slot, 0};
    if (!live_) {
        e.kind = Kind::kHome;
        settled_ = entry_count_;
    }
    return &e;
}

/// Keeps the number of entries that are not in their homes small. Called between instructions, because it may use the
/// accumulator.
void FunctionTranslator::settle() {
    while (entry_count_ - settled_ > kLazyEntries) {
        Entry& e = entries_[settled_++];
        if (e.kind != Kind::kConst) to_home(e);
    }
}

/// Is the operand `below` the top one of this type?
bool FunctionTranslator::check_one(std::uint32_t below, std::uint8_t type) {
    const Control& control = top_control();
    if (entry_count_ <= std::uint64_t{control.height} + below) {
        if (control.unreachable) return true;
        mismatch();
        return false;
    }
    const std::uint8_t found = top(below).type;
    if (found == type || found == kUnknownType || type == kUnknownType) return true;
    mismatch();
    return false;
}

bool FunctionTranslator::check(Bytes types) {
    const auto count = static_cast<std::uint32_t>(types.size());
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!check_one(i, types[count - 1 - i])) return false;
    }
    return r_.ok();
}

bool FunctionTranslator::check(std::initializer_list<ValType> types) {
    return check(Bytes{reinterpret_cast<const std::uint8_t*>(types.begin()), types.size()});
}

void FunctionTranslator::drop(std::uint32_t count) {
    const std::uint32_t height = top_control().height;
    const std::uint32_t there = entry_count_ - height;
    entry_count_ = count >= there ? height : entry_count_ - count;
    if (accumulator_entry_ != kNoEntry && accumulator_entry_ >= entry_count_) accumulator_entry_ = kNoEntry;
    if (settled_ > entry_count_) settled_ = entry_count_;
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
    if (accumulator_entry_ == kNoEntry) return;
    Entry& e = entries_[accumulator_entry_];
    if (!emit_.store_last_to(e.home)) emit_.s_to32(Op::kSta, e.home);
    e.kind = Kind::kHome;
    e.slot = e.home;
    accumulator_slot_ = e.home;
    accumulator_entry_ = kNoEntry;
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
    const bool loaded = accumulator_entry_ == kNoEntry && accumulator_slot_ == e.slot;
    clobber_accumulator();
    if (loaded) {
        emit_.h(Op::kI32Add_AI, static_cast<std::uint32_t>(e.value));
    } else {
        emit_.sh(Op::kI32Add_SI, e.slot, static_cast<std::uint32_t>(e.value));
    }
    e.kind = Kind::kAccumulator;
    accumulator_entry_ = static_cast<std::uint32_t>(&e - entries_);
}

void FunctionTranslator::to_home(Entry& e) {
    switch (e.kind) {
        case Kind::kHome:
            return;
        case Kind::kAdd:
            compute_add(e);
            [[fallthrough]];
        case Kind::kAccumulator:
            spill_accumulator();
            return;
        case Kind::kLocal:
            move(e.home, e.slot, slots_of(e.type));
            break;
        case Kind::kConst:
            if (slots_of(e.type) == 2) {
                emit_.sw_to64(Op::kStdS, e.home, static_cast<std::uint32_t>(e.value));
                wrote(e.home, 2);
            } else if (fits16(e.value)) {
                emit_.sh_to32(Op::kSti, e.home, static_cast<std::uint32_t>(e.value));
                wrote(e.home, 1);
            } else {
                emit_.sw_to32(Op::kStw, e.home, static_cast<std::uint32_t>(e.value));
                wrote(e.home, 1);
            }
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
    if (e.kind == Kind::kAdd) return compute_add(e);
    clobber_accumulator();
    if (e.kind != Kind::kConst) {
        emit_.s(Op::kLda, e.slot);
        accumulator_slot_ = e.slot;
        return;
    }
    if (fits16(e.value)) {
        emit_.h(Op::kLdiA, static_cast<std::uint32_t>(e.value));
    } else {
        emit_.w(Op::kLdwA, static_cast<std::uint32_t>(e.value));
    }
    e.kind = Kind::kAccumulator;
    accumulator_entry_ = static_cast<std::uint32_t>(&e - entries_);
}

/// Brings every operand to where a join expects it: homes, and from entry `constants_from` on constants too.
void FunctionTranslator::flush(std::uint32_t constants_from) {
    for (std::uint32_t i = settled_ < constants_from ? settled_ : constants_from; i < entry_count_; ++i) {
        Entry& e = entries_[i];
        if (e.kind != Kind::kConst || i >= constants_from) to_home(e);
    }
    spill_accumulator();
    settled_ = entry_count_;
}

/// The same for the `count` topmost operands only.
void FunctionTranslator::flush_top(std::uint32_t count) {
    for (std::uint32_t i = entry_count_ - count; i < entry_count_; ++i) to_home(entries_[i]);
}

/// In front of a change of the local at `slot`: operands (but the `below` topmost) that still refer to it get their
/// copy.
void FunctionTranslator::keep_copies_of(std::uint32_t slot, std::uint32_t below) {
    for (std::uint32_t i = settled_; i + below < entry_count_; ++i) {
        Entry& e = entries_[i];
        if ((e.kind == Kind::kLocal || e.kind == Kind::kAdd) && e.slot == slot) to_home(e);
    }
}

/// The operation just emitted left a 32-bit result in the accumulator.
void FunctionTranslator::result_in_accumulator(std::uint8_t type) {
    accumulator_slot_ = kNoSlot;
    if (push(type, Kind::kAccumulator) != nullptr) accumulator_entry_ = entry_count_ - 1;
}

}  // namespace wasmbed::wasm
