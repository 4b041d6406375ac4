#include "core/wasm/emitter.hpp"

namespace wasmbed::wasm {

namespace {

Form form_of(Op op) {
    return kOpInfo[static_cast<unsigned>(op)].form();
}
/// Bytes of the token: the first slot's offset.
std::uint32_t token_bytes(Op op) {
    return on_second_page(op) ? 2 : 1;
}
// Lengths of operations that are looked at again.
constexpr std::uint32_t kIncBytes = layout_of(Form::kSH, on_second_page(Op::kInc)).length;
constexpr std::uint32_t kBrBytes = layout_of(Form::kH, on_second_page(Op::kBr)).length;
constexpr std::uint32_t kBrFarBytes = layout_of(Form::kW, on_second_page(Op::kBrFar)).length;

/// Of distances, which have 16 bits.
constexpr std::uint32_t kFarthest = 0xffff;

Operands make(std::uint32_t slot0, std::uint32_t slot1, std::uint32_t half) {
    Operands result = Operands::slots(slot0, slot1);
    result.h[0] = static_cast<std::uint16_t>(half);
    return result;
}
Operands make_word(std::uint32_t slot, std::uint32_t word) {
    return Operands::slot_and_halves(slot, word, word >> 16);
}

}  // namespace

Operands Operands::slots(std::uint32_t s0, std::uint32_t s1, std::uint32_t s2) {
    Operands result;
    result.s[0] = static_cast<std::uint16_t>(s0);
    result.s[1] = static_cast<std::uint16_t>(s1);
    result.s[2] = static_cast<std::uint16_t>(s2);
    return result;
}
Operands Operands::halves(std::uint32_t h0, std::uint32_t h1, std::uint32_t h2) {
    Operands result;
    result.h[0] = static_cast<std::uint16_t>(h0);
    result.h[1] = static_cast<std::uint16_t>(h1);
    result.h[2] = static_cast<std::uint16_t>(h2);
    return result;
}
Operands Operands::slot_and_halves(std::uint32_t s0, std::uint32_t h0, std::uint32_t h1) {
    Operands result = halves(h0, h1);
    result.s[0] = static_cast<std::uint16_t>(s0);
    return result;
}

void Emitter::begin(bool wide, std::uint32_t temporaries) {
    wide_ = wide;
    too_wide_ = false;
    temporaries_ = temporaries;
    at_ = load_.image.used();
    barrier();
}

void Emitter::write16(std::uint32_t at, std::uint32_t value) {
    const auto half = static_cast<std::uint16_t>(value);
    std::memcpy(load_.image.data() + at, &half, sizeof half);
}

void Emitter::write32(std::uint32_t at, std::uint32_t value) {
    write16(at, value & 0xffff);
    write16(at + 2, value >> 16);
}

std::uint16_t Emitter::read16(std::uint32_t at) const {
    std::uint16_t half;
    std::memcpy(&half, load_.image.data() + at, sizeof half);
    return half;
}

bool Emitter::no_room() {
    barrier();  // what was to come is not the last operation
    load_.no_space(Rule::kImageArea, load_.image.size());
    return false;
}

bool Emitter::put(Op op, const Operands& operands, std::uint32_t slots_end) {
    if (!live_) return true;
    const Form form = form_of(op);
    unsigned halves = halves_in(form);
    const std::uint32_t length = token_bytes(op) + slots_in(form) + 2 * halves;
    if (!grow(length)) return true;
    std::uint8_t* to = load_.image.data() + at_;
    auto token = static_cast<unsigned>(op);
    if (on_second_page(op)) {
        *to++ = kEscape;
        token -= kEscape;
    }
    *to++ = static_cast<std::uint8_t>(token);
    unsigned highest = 0;  // or a bit more: of the powers of two below it
    const std::uint16_t* from = operands.s;
    for (unsigned slots = slots_in(form); slots != 0; --slots) {
        highest |= *from;
        *to++ = static_cast<std::uint8_t>(*from++);
    }
    if (highest >= slots_end) return false;
    for (from = operands.h; halves != 0; --halves, to += 2) std::memcpy(to, from++, 2);
    if (kAllForms) before_last_op_ = last_op_;
    last_op_ = op;
    last_at_ = at_;
    at_ += length;
    return true;
}

void Emitter::op_to(Op op, const Operands& operands, unsigned result_slots) {
    static_assert((kNearSlots & (kNearSlots - 1)) == 0);
    if (!put(op, operands, kNearSlots)) return op_far(op, operands, result_slots);
    last_to64_ = result_slots == 2;
}

/// Replaces slots above 255 by temporaries, copied there. A copy takes two slots, which may read one beyond the value.
void Emitter::op_far(Op op, Operands operands, unsigned result_slots) {
    const std::uint16_t result = operands.s[0];
    const unsigned slots = slots_in(kOpInfo[static_cast<unsigned>(op)].form());  // what stands behind means nothing
    for (unsigned i = 0; i < slots; ++i) {
        if (operands.s[i] < kNearSlots) continue;
        too_wide_ |= !wide_;
        const auto temporary = static_cast<std::uint16_t>(temporaries_ + 2 * i);
        if (i != 0 || result_slots == 0) put(Op::kMov64Far, Operands::halves(temporary, operands.s[i]));
        operands.s[i] = temporary;
    }
    put(op, operands);
    last_to64_ = result_slots == 2 && result < kNearSlots;
    if (result_slots == 0 || result < kNearSlots) return;
    put(result_slots == 2 ? Op::kMov64Far : Op::kMovFar, Operands::halves(result, operands.s[0]));
    barrier();
}

void Emitter::last_operands(Operands& out) const {
    const Form form = form_of(last_op_);
    const std::uint8_t* from = load_.image.data() + last_at_ + token_bytes(last_op_);
    for (unsigned i = 0; i < slots_in(form); ++i) out.s[i] = *from++;
    std::memcpy(out.h, from, 2 * halves_in(form));
}

void Emitter::sh(Op op, std::uint32_t slot, std::uint32_t half) {
    this->op(op, make(slot, 0, half));
}
void Emitter::ssh(Op op, std::uint32_t slot0, std::uint32_t slot1, std::uint32_t half) {
    this->op(op, make(slot0, slot1, half));
}
void Emitter::sw(Op op, std::uint32_t slot, std::uint32_t word) {
    this->op(op, make_word(slot, word));
}
void Emitter::ss_to32(Op op, std::uint32_t slot0, std::uint32_t slot1) {
    op_to(op, make(slot0, slot1, 0), 1);
}
void Emitter::sh_to32(Op op, std::uint32_t slot, std::uint32_t half) {
    op_to(op, make(slot, 0, half), 1);
}
void Emitter::sw_to32(Op op, std::uint32_t slot, std::uint32_t word) {
    op_to(op, make_word(slot, word), 1);
}
void Emitter::ss_to64(Op op, std::uint32_t slot0, std::uint32_t slot1) {
    op_to(op, make(slot0, slot1, 0), 2);
}
void Emitter::sh_to64(Op op, std::uint32_t slot, std::uint32_t half) {
    op_to(op, make(slot, 0, half), 2);
}
void Emitter::sw_to64(Op op, std::uint32_t slot, std::uint32_t word) {
    op_to(op, make_word(slot, word), 2);
}

void Emitter::rewind_last() {
    at_ = last_at_;
    barrier();
    if (before_last_op_ != Op::kInc) return;
    last_op_ = Op::kInc;
    last_at_ -= kIncBytes;
}

bool Emitter::store_last_to(std::uint32_t slot) {
    if (last_op_ == Op::kCount || slot >= kNearSlots) return false;
    const OpInfo info = kOpInfo[static_cast<unsigned>(last_op_)];
    if (!info.has_twin()) return false;
    if (!grow(1)) return false;
    ++load_.image.data()[last_at_ + token_bytes(last_op_) - 1];
    write8(at_++, slot);
    barrier();
    return true;
}

bool Emitter::retarget_last(std::uint32_t from, std::uint32_t to) {
    if (last_op_ == Op::kCount || !last_to64_ || to >= kNearSlots) return false;
    std::uint8_t& slot = load_.image.data()[last_at_ + token_bytes(last_op_)];
    if (slot != from) return false;
    slot = static_cast<std::uint8_t>(to);
    barrier();
    return true;
}

// A chain runs backwards through the distance fields: each holds the distance to the field before, 0 in the first. In
// wide mode the fields are those of 32-bit jumps, and a condition branches over the jump that skips them:
//     br.cond 1f;  br 2f;  1: br.far label;  2:
void Emitter::branch(Op op, const Operands& operands, std::uint32_t& fixups) {
    if (wide_) {
        const bool conditional = op != Op::kBr;
        if (conditional) branch_over(op, operands);
        put(Op::kBrFar, {});
        if (!written()) return;
        const std::uint32_t field = at_ - 4;
        write32(field, fixups == kNone ? 0 : field - fixups);
        fixups = field;
        barrier();
        return;
    }
    this->op(op, operands);
    if (!written()) return;
    chain(at_ - 2, fixups);
    barrier();
}

void Emitter::branch_over(Op op, const Operands& operands) {
    const std::uint32_t skip_bytes = kBrBytes;
    this->op(op, operands);
    if (!written()) return;
    write16(at_ - 2, skip_bytes);
    put(Op::kBr, Operands::halves(kBrFarBytes));
}

void Emitter::chain(std::uint32_t field, std::uint32_t& fixups) {
    const std::uint32_t back = fixups == kNone ? 0 : field - fixups;
    if (back > kFarthest) too_wide_ = true;
    write16(field, back);
    fixups = field;
}

/// `op` is the branch behind the last operation. If that increments what the branch looks at, both become one
/// operation.
void Emitter::take_in_increment(Op& op, Operands& operands) {
    if (!kAllForms || last_op_ != Op::kInc) return;
    const std::uint8_t* inc = load_.image.data() + last_at_;
    if (inc[1] != operands.s[0]) return;
    switch (op) {
        case Op::kLoopNz_S:
            op = Op::kIncLoopNz;
            break;
        case Op::kLoopNe_SS:
            op = Op::kIncLoopNe_SS;
            break;
        case Op::kLoopNe_SI:
            op = Op::kIncLoopNe_SI;
            operands.h[1] = operands.h[0];
            break;
        default:
            return;
    }
    operands.h[0] = read16(last_at_ + 2);
    at_ = last_at_;
}

void Emitter::loop(Op op, const Operands& given, std::uint32_t target) {
    if (wide_) {
        if (op != Op::kBrLoop) {
            const Op forward = static_cast<Op>(op - Op::kLoopZ_A + static_cast<unsigned>(Op::kBrZ_A));
            branch_over(forward, given);
        }
        const std::uint32_t start = at_;
        put(Op::kBrLoopFar, make_word(0, start - target));
        barrier();
        return;
    }
    Operands operands = given;
    take_in_increment(op, operands);
    this->op(op, operands);
    if (!written()) return;
    const std::uint32_t back = last_at_ - target;
    if (back > kFarthest) too_wide_ = true;
    write16(at_ - 2, back);
    barrier();
}

void Emitter::land(std::uint32_t& fixups) {
    barrier();
    if (!load_.reader.ok()) return;
    while (fixups != kNone) {
        const std::uint32_t field = fixups;
        const std::uint32_t back = wide_ ? read16(field) | std::uint32_t{read16(field + 2)} << 16 : read16(field);
        if (wide_) {
            write32(field, at_ - (field + 4));
        } else {
            land_field(field, at_);
        }
        fixups = back == 0 ? kNone : field - back;
    }
}

void Emitter::land_field(std::uint32_t field, std::uint32_t target) {
    const std::uint32_t distance = target - (field + 2);
    if (distance > kFarthest) too_wide_ = true;
    write16(field, distance);
}

std::uint32_t Emitter::table_entry(std::uint16_t value) {
    if (!live_ || !grow(2)) return kNone;
    write16(at_, value);
    at_ += 2;
    barrier();
    return at_ - 2;
}

std::uint32_t Emitter::header() {
    while (at_ % alignof(FunctionHeader) != 0 && grow(1)) write8(at_++, kPadding);
    const std::uint32_t start = at_;
    if (grow(sizeof(FunctionHeader))) at_ += sizeof(FunctionHeader);
    barrier();
    return start;
}

void Emitter::patch_header(std::uint32_t at, const FunctionHeader& value) {
    if (load_.reader.ok()) std::memcpy(load_.image.data() + at, &value, sizeof value);
}

}  // namespace wasmbed::wasm
