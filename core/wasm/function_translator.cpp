#include "core/wasm/function_translator.hpp"

namespace wasmbed::wasm {

namespace {

// Locals in 16 bits: type in the low 3, slot above.
// By the codes of the value types modulo 11, which tells them apart.
constexpr std::uint8_t kTypeCodes[] = {0, 0x6f, 0x70, 0x7c, 0x7d, 0x7e, 0x7f};
std::uint32_t type_number(std::uint8_t code) {
    return code % 11;
}

constexpr std::uint32_t kMaxLocalSlots = 8000;
constexpr std::uint32_t kTemporarySlots = 6;

std::uint16_t half(std::int64_t value) {
    return static_cast<std::uint16_t>(value);
}

}  // namespace

void translate_function(LoadContext& load, std::uint32_t function) {
    FunctionTranslator(load, function).run();
}

void FunctionTranslator::run() {
    type_ = load_.type(load_.type_of_function(function_));
    const Reader before = r_;
    const std::uint32_t body_at = r_.position();
    const std::uint32_t image_used = load_.image.used();
    const std::uint32_t scratch_used = load_.scratch.used();
    const bool done = attempt(false) && !kAlwaysWide;
    load_.scratch.rewind(scratch_used);
    if (kAlwaysWide) r_ = before;  // what is wrong is to be found in wide mode
    if (!done && r_.ok()) {
        r_.seek(body_at);
        load_.image.rewind(image_used);
        if (!attempt(true) && r_.ok()) r_.fail(Rule::kFunctionSize, body_at);
        load_.scratch.rewind(scratch_used);
    }
}

bool FunctionTranslator::read_locals(bool wide) {
    // Locals are counted first: groups of (count, type), section 5.5.13.
    const std::uint32_t groups_at = r_.position();
    const std::uint32_t groups = r_.u32();
    std::uint64_t count = type_.params.size();
    for (std::uint32_t i = 0; i < groups && r_.ok(); ++i) {
        const std::uint32_t at = r_.position();
        count += r_.u32();
        if (count > 0xffffffff) r_.fail(Rule::kTooManyLocals, at);
        if (r_.ok()) read_value_type(load_);
    }
    if (!r_.ok()) return false;
    if (count > kMaxLocalSlots) {
        r_.fail(Rule::kLocals, groups_at);
        return false;
    }
    locals_ = reinterpret_cast<std::uint16_t*>(load_.take_scratch(2 * static_cast<std::uint32_t>(count)));
    if (locals_ == nullptr) return false;
    const std::uint32_t code_at = r_.position();

    std::uint32_t slot = 0;
    local_count_ = 0;
    const auto add = [&](std::uint8_t type) {
        locals_[local_count_++] = static_cast<std::uint16_t>(slot << 3 | type_number(type));
        slot += slots_of(type);
    };
    for (std::uint8_t type : type_.params) add(type);
    param_slots_ = slot;
    slot += kLinkSlots;
    if (wide) slot += kTemporarySlots;
    r_.seek(groups_at);
    r_.u32();
    for (std::uint32_t i = 0; i < groups; ++i) {
        const std::uint32_t repeat = r_.u32();
        const std::uint8_t type = r_.byte();
        for (std::uint32_t k = 0; k < repeat && slot <= kMaxLocalSlots; ++k) add(type);
    }
    if (slot > kMaxLocalSlots) {
        r_.fail(Rule::kLocals, groups_at);
        return false;
    }
    r_.seek(code_at);
    first_home_ = slot;
    frame_slots_ = 0;
    const std::uint32_t results = slots_of(type_.results);
    extend_frame(first_home_ > results ? first_home_ : results);
    return r_.ok();
}

/// One try at the body; false on errors, and if it has to be done again in wide mode.
bool FunctionTranslator::attempt(bool wide) {
    emit_.set_live(true);  // the try before may have ended behind a jump
    if (!read_locals(wide)) return false;
    const std::uint32_t start = load_.scratch.take(sizeof(Entry));
    if (start == kNone) {
        load_.no_space(Rule::kScratchArea, load_.scratch.size());
        return false;
    }
    end_ = reinterpret_cast<Entry*>(load_.scratch.data() + start);
    const auto scratch_end = reinterpret_cast<std::uintptr_t>(load_.scratch.data() + load_.scratch.size());
    controls_end_ = reinterpret_cast<Control*>(scratch_end & ~(alignof(Control) - 1));
    control_ = controls_end_;
    *end_ = {};
    end_->home = half(first_home_ - 1);
    settled_ = ++end_;
    accumulator_entry_ = nullptr;
    accumulator_slot_ = kNoSlot;

    if (load_.watched >= load_.image.used()) load_.watched_at = 0;  // found in the try before, which does not count
    emit_.begin(wide, param_slots_ + kLinkSlots);
    const std::uint32_t header_at = emit_.header();
    Control* body = push_control();
    if (body == nullptr) return false;
    *body = {Control::Kind::kFunction, false, true, 0, end_, first_home_, 0, kNone, kNone, 0, 0};

    const bool watched = load_.watched != kNone;
    while (!r_.done() && !emit_.too_wide()) {  // after an error the reader is
        instruction_at_ = r_.position();
        instruction(r_.opcode());
        if (end_ - settled_ > kLazyEntries) settle();
        if (watched) watch();
    }
    if (emit_.too_wide()) return false;
    if (control_ < controls_end_) r_.byte();  // which is not there
    if (!r_.ok()) return false;
    FunctionHeader header{};
    header.param_slots = half(param_slots_);
    header.frame_slots = half(frame_slots_);
    header.zero_slots = half(first_home_ - param_slots_ - kLinkSlots);
    header.type = load_.types()[load_.type_of_function(function_)].canonical;
    emit_.patch_header(header_at, header);
    load_.image.rewind(emit_.position());
    auto* offsets = reinterpret_cast<std::uint32_t*>(load_.image.data() + load_.header->functions_at);
    offsets[function_ - load_.header->imported_functions] = header_at;
    return true;
}

/// For `locate`: was it the instruction just translated? The last operation may still be taken back for a shorter one.
void FunctionTranslator::watch() {
    if (emit_.position() <= load_.watched) {
        load_.watched_at = 0;
    } else if (load_.watched_at == 0) {
        load_.watched_at = instruction_at_;
    }
}

void FunctionTranslator::instruction(std::uint8_t opcode) {
    if (opcode >= kFirstNumeric && opcode <= kLastNumeric) return numeric(opcode - kFirstNumeric);
    switch (opcode) {
        case 0x00:
            emit_.op(Op::kUnreachable);
            return set_unreachable();
        case 0x01:
            return;
        case 0x02:
            return block(Control::Kind::kBlock);
        case 0x03:
            return block(Control::Kind::kLoop);
        case 0x04:
            return block(Control::Kind::kIf);
        case 0x05:
            return else_();
        case 0x0b:
            return end();
        case 0x0c:
            return br(read_label());
        case 0x0d:
            return br_if();
        case 0x0e:
            return br_table();
        case 0x0f:
            return return_();
        case 0x10:
            return call(false);
        case 0x11:
            return call_indirect(false);
        case 0x12:
            return call(true);
        case 0x13:
            return call_indirect(true);
        case 0x1a:
            if (check_one(0, kUnknownType)) drop(1);
            return;
        case 0x1b:
            return select(false);
        case 0x1c:
            return select(true);
        case 0x20:
            return local_get();
        case 0x21:
            return local_set(false);
        case 0x22:
            return local_set(true);
        case 0x23:
            return global_get();
        case 0x24:
            return global_set();
        case 0x25:
            return bulk(Bulk::kTableGet);
        case 0x26:
            return bulk(Bulk::kTableSet);
        case 0x3f:
            return bulk(Bulk::kMemorySize);
        case 0x40:
            return bulk(Bulk::kMemoryGrow);
        case 0x41:
            return constant(static_cast<std::uint8_t>(ValType::kI32), r_.s32());
        case 0x42:
            return constant(static_cast<std::uint8_t>(ValType::kI64), r_.s64());
        case 0x43:
            return constant(static_cast<std::uint8_t>(ValType::kF32), static_cast<std::int32_t>(r_.fixed32()));
        case 0x44:
            return constant(static_cast<std::uint8_t>(ValType::kF64), static_cast<std::int64_t>(r_.fixed64()));
        case 0xfc:
            return prefixed();
        default:
            if (opcode >= 0x28 && opcode <= 0x35) return load_instruction(opcode);
            if (opcode >= 0x36 && opcode <= 0x3e) return store_instruction(opcode);
            if (opcode >= 0xd0 && opcode <= 0xd2) return references(opcode);
            return refuse(Rule::kIllegalOpcode);
    }
}

void FunctionTranslator::constant(std::uint8_t type, std::int64_t value) {
    const auto low = static_cast<std::int32_t>(value);
    Entry& e = push(type, low == value ? Kind::kConst : Kind::kHome);
    if (low == value) {
        e.value = low;
        return;
    }
    Operands operands = Operands::slots(e.home);
    std::memcpy(operands.h, &value, sizeof value);
    emit_.op_to64(Op::kStdW, operands);
    wrote(e.home, 2);
}

/// The local that an instruction names: its slot; its type by reference. kNoSlot if there is none.
std::uint32_t FunctionTranslator::read_local(std::uint8_t& type) {
    const std::uint32_t index = load_.read_index(local_count_, Rule::kUnknownLocal);
    if (index == kNone) return kNoSlot;
    const std::uint32_t local = locals_[index];
    type = kTypeCodes[local & 7];
    return local >> 3;
}

void FunctionTranslator::local_get() {
    std::uint8_t type;
    const std::uint32_t slot = read_local(type);
    if (slot == kNoSlot) return;
    Entry& e = push(type, Kind::kLocal);
    e.slot = static_cast<std::uint16_t>(slot);
}

/// local.set, or local.tee with `keep`.
void FunctionTranslator::local_set(bool keep) {
    std::uint8_t type;
    const std::uint32_t x = read_local(type);
    if (x == kNoSlot || !check_one(0, type)) return;
    keep_copies_of(x, 1);
    set_local(x, slots_of(type));
    drop(1);
    if (!keep) return;
    Entry& e = push(type, Kind::kLocal);  // anew: it is no longer among the settled ones
    e.slot = static_cast<std::uint16_t>(x);
}

/// Puts the operand on top into the local at `x`.
void FunctionTranslator::set_local(std::uint32_t x, std::uint32_t slots) {
    Entry& e = top();
    switch (e.kind) {
        case Kind::kHome:
            if (slots == 2 && emit_.retarget_last(e.home, x)) return wrote(x, 2);
            [[fallthrough]];
        case Kind::kLocal:
            return move(x, e.slot, slots);
        case Kind::kConst:
            return store_constant(x, e);
        case Kind::kAdd:
            if (is_sum(e) && e.slot == x && x < kNearSlots) {
                emit_.sh(Op::kInc, x, half(e.add));
                return wrote(x, 1);
            }
            if (is_sum(e)) compute_add(e);
            [[fallthrough]];
        case Kind::kAccumulator:
            if (!emit_.store_last_to(x)) emit_.s_to32(Op::kSta, x);
            accumulator_slot_ = x;
            accumulator_entry_ = nullptr;
    }
}

void FunctionTranslator::global_get() {
    const std::uint32_t index = load_.read_index(load_.header->global_count, Rule::kUnknownGlobal);
    if (index == kNone) return;
    const auto type = static_cast<std::uint8_t>(load_.global_types[index] & 0x7f);
    if (slots_of(type) == 1) return emit_result(Op::kGlobalGet, Operands::halves(index), type);
    const Entry& e = push(type);
    emit_.sh_to64(Op::kGlobalGet64, e.home, half(index));
    wrote(e.home, 2);
}

void FunctionTranslator::global_set() {
    const std::uint32_t index = load_.read_index(load_.header->global_count, Rule::kUnknownGlobal);
    if (index == kNone) return;
    const std::uint8_t global = load_.global_types[index];
    if (!(global & LoadContext::kMutable)) return refuse(Rule::kImmutableGlobal);
    const auto type = static_cast<std::uint8_t>(global & 0x7f);
    if (!check_one(0, type)) return;
    Entry& e = top();
    if (slots_of(type) == 2) {
        to_slot(e);
        emit_.sh(Op::kGlobalSet64, e.slot, half(index));
    } else {
        to_accumulator(e);
        emit_.h(Op::kGlobalSet_A, half(index));
    }
    drop(1);
}

void FunctionTranslator::select(bool typed) {
    std::uint8_t type = kUnknownType;
    if (typed) {
        if (r_.u32() != 1) return refuse(Rule::kResultArity);
        type = read_value_type(load_);
    }
    if (!check_i32()) return;
    if (!typed) {  // numeric operands of one type, whichever is known (section 3.3.4)
        for (std::uint32_t i = 1; i <= 2; ++i) {
            if (!check_one(i, kUnknownType)) return;
            const std::uint8_t found = top(i).type;
            if (is_reference(found)) return mismatch();
            if (type == kUnknownType) type = found;
        }
    }
    if (!check_one(1, type) || !check_one(2, type)) return;
    const auto small = [](const Entry& e) {
        return e.kind == Kind::kConst && slots_of(e.type) == 1 && e.value == static_cast<std::int16_t>(e.value);
    };
    if (kAllForms && small(top(1)) && small(top(2))) {
        to_accumulator(top());
        drop(3);
        return select_constant(end_[0].value, end_[1].value, type);
    }
    to_slot(top(2));
    to_slot(top(1));
    to_accumulator(top());
    drop(3);
    // The operands' entries are still there.
    const std::uint16_t left = end_[0].slot;
    const std::uint16_t right = end_[1].slot;
    if (slots_of(type) == 1) return emit_result(Op::kSelect, Operands::slots(left, right), type);
    const Entry& e = push(type);
    emit_.op_to64(Op::kSelect64, Operands::slots(e.home, left, right));
    wrote(e.home, 2);
}

/// One of two constants, by whether the accumulator is zero, or equal to a third constant if that was just compared.
void FunctionTranslator::select_constant(std::int32_t left, std::int32_t right, std::uint8_t type) {
    Operands operands;
    bool negated = true;
    const Op last = emit_.last();
    if (last == Op::kI32Ne_AI || last == Op::kI32Eq_AI) {
        emit_.last_operands(operands);
        emit_.rewind_last();
        negated = last == Op::kI32Ne_AI;
    }
    operands.h[1] = half(negated ? right : left);
    operands.h[2] = half(negated ? left : right);
    emit_result(Op::kSelectEq, operands, type);
}

}  // namespace wasmbed::wasm
