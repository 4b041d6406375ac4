#include "core/wasm/emitter.hpp"

namespace wasmbed::wasm {

namespace {

Form form_of(Op op) {
    return kOpInfo[static_cast<unsigned>(op)].form();
}
bool has_twin(Op op) {
    return kOpInfo[static_cast<unsigned>(op)].has_twin();
}
Layout layout(Op op) {
    return layout_of(form_of(op), on_second_page(op));
}

/// Distances are in halfwords; 16 bits of them reach 128 KB.
constexpr std::uint32_t kFarthest = 0xffff;

}  // namespace

void Emitter::begin(bool wide, std::uint32_t temporaries) {
    wide_ = wide;
    too_wide_ = false;
    temporaries_ = temporaries;
    at_ = load_.image.used();
    barrier();
}

void Emitter::write16(std::uint32_t at, std::uint32_t value) {
    write8(at, value & 0xff);
    write8(at + 1, value >> 8 & 0xff);
}

void Emitter::write32(std::uint32_t at, std::uint32_t value) {
    write16(at, value & 0xffff);
    write16(at + 2, value >> 16);
}

std::uint16_t Emitter::read16(std::uint32_t at) const {
    const std::uint8_t* p = load_.image.data() + at;
    return static_cast<std::uint16_t>(p[0] | p[1] << 8);
}

/// Room for `bytes` more at the end; false after the load has failed for lack of it.
bool Emitter::grow(std::uint32_t bytes) {
    if (!load_.reader.ok()) return false;
    if (std::uint64_t{at_} + bytes > load_.image.size()) {
        load_.no_space("image area too small", load_.image.size());
        return false;
    }
    return true;
}

void Emitter::write_token(std::uint32_t at, Op op) {
    const unsigned token = static_cast<unsigned>(op);
    if (on_second_page(op)) {
        write8(at, kEscape);
        write8(at + 1, token - kEscape);
    } else {
        write8(at, token);
    }
}

void Emitter::put(Op op, const Operands& operands) {
    const Layout place = layout(op);
    if (!grow(place.length)) return;
    write_token(at_, op);
    for (std::uint32_t i = place.slot; i < place.length; ++i) write8(at_ + i, 0);
    for (unsigned i = 0; i < slots_in(form_of(op)); ++i) write8(at_ + place.slot + i, operands.s[i]);
    for (unsigned i = 0; i < halves_in(form_of(op)); ++i) write16(at_ + place.half + 2 * i, operands.h[i]);
    for (unsigned i = 0; i < words_in(form_of(op)); ++i) {
        write32(at_ + place.word + 4 * i, operands.w[i]);
    }
    last_op_ = op;
    last_at_ = at_;
    last_to64_ = false;
    last_operands_ = operands;
    at_ += place.length;
}

/// Replaces slots above 255 by temporaries, copied there. A copy takes two slots, which may read one beyond the value.
void Emitter::fetch_wide(Op op, Operands& operands, unsigned first) {
    for (unsigned i = first; i < slots_in(form_of(op)); ++i) {
        if (operands.s[i] < kNearSlots) continue;
        if (!wide_) {
            too_wide_ = true;
            return;
        }
        const auto temporary = static_cast<std::uint16_t>(temporaries_ + 2 * i);
        put(Op::kMov64Far, {.h = {temporary, operands.s[i]}});
        operands.s[i] = temporary;
    }
}

void Emitter::op(Op op, const Operands& operands) {
    Operands near = operands;
    fetch_wide(op, near, 0);
    put(op, near);
}

void Emitter::op_to(Op op, const Operands& operands, unsigned slots) {
    Operands near = operands;
    const std::uint16_t slot = operands.s[0];
    fetch_wide(op, near, 1);
    if (slot >= kNearSlots) near.s[0] = static_cast<std::uint16_t>(temporaries_);
    put(op, near);
    last_to64_ = slots == 2 && slot < kNearSlots;
    if (slot < kNearSlots) return;
    too_wide_ |= !wide_;
    put(slots == 2 ? Op::kMov64Far : Op::kMovFar, {.h = {slot, near.s[0]}});
    barrier();
}

void Emitter::op_to64(Op op, const Operands& operands) {
    op_to(op, operands, 2);
}
void Emitter::op_to32(Op op, const Operands& operands) {
    op_to(op, operands, 1);
}

namespace {

Operands make(std::uint32_t slot0, std::uint32_t slot1, std::uint32_t half) {
    return {.s = {static_cast<std::uint16_t>(slot0), static_cast<std::uint16_t>(slot1)},
            .h = {static_cast<std::uint16_t>(half)}};
}
Operands make_word(std::uint32_t slot, std::uint32_t word) {
    return {.s = {static_cast<std::uint16_t>(slot)}, .w = {word}};
}

}  // namespace

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
}

bool Emitter::store_last_to(std::uint32_t slot) {
    if (last_op_ == Op::kCount || !has_twin(last_op_) || slot >= kNearSlots) return false;
    const Layout place = layout(last_op_);
    if (!grow(static_cast<std::uint32_t>(place.length_d - place.length))) return false;
    write_token(last_at_, last_op_ + 1);
    write8(last_at_ + place.twin, slot);
    if (place.length_d > place.length) write8(last_at_ + place.twin + 1, 0);
    at_ = last_at_ + place.length_d;
    barrier();
    return true;
}

bool Emitter::retarget_last(std::uint32_t from, std::uint32_t to) {
    if (last_op_ == Op::kCount || !last_to64_ || last_operands_.s[0] != from || to >= kNearSlots) return false;
    write8(last_at_ + layout(last_op_).slot, to);
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
        if (!load_.reader.ok()) return;
        const std::uint32_t field = at_ - 4;
        write32(field, fixups == kNone ? 0 : field - fixups);
        fixups = field;
        barrier();
        return;
    }
    this->op(op, operands);
    if (!load_.reader.ok()) return;
    chain(at_ - 2, fixups);
    barrier();
}

void Emitter::branch_over(Op op, const Operands& operands) {
    const std::uint32_t skip_bytes = layout(Op::kBr).length;
    this->op(op, operands);
    if (!load_.reader.ok()) return;
    write16(at_ - 2, skip_bytes / 2);
    put(Op::kBr, {.h = {static_cast<std::uint16_t>(layout(Op::kBrFar).length / 2)}});
}

void Emitter::chain(std::uint32_t field, std::uint32_t& fixups) {
    const std::uint32_t back = fixups == kNone ? 0 : (field - fixups) / 2;
    if (back > kFarthest) too_wide_ = true;
    write16(field, back);
    fixups = field;
}

void Emitter::loop(Op op, const Operands& operands, std::uint32_t target) {
    if (wide_) {
        if (op != Op::kBrLoop) {
            const Op forward = static_cast<Op>(op - Op::kLoopEq_AS + static_cast<unsigned>(Op::kBrEq_AS));
            branch_over(forward, operands);
        }
        const std::uint32_t start = at_;
        put(Op::kBrLoopFar, {.w = {start - target}});
        barrier();
        return;
    }
    this->op(op, operands);
    if (!load_.reader.ok()) return;
    const std::uint32_t back = (last_at_ - target) / 2;
    if (back > kFarthest) too_wide_ = true;
    write16(at_ - 2, back);
    barrier();
}

void Emitter::land(std::uint32_t& fixups) {
    barrier();
    if (!load_.reader.ok()) return;
    while (fixups != kNone) {
        const std::uint32_t field = fixups;
        const std::uint32_t back = wide_ ? read16(field) | std::uint32_t{read16(field + 2)} << 16 : 2u * read16(field);
        if (wide_) {
            write32(field, at_ - (field + 4));
        } else {
            land_field(field, at_);
        }
        fixups = back == 0 ? kNone : field - back;
    }
}

void Emitter::land_field(std::uint32_t field, std::uint32_t target) {
    const std::uint32_t distance = (target - (field + 2)) / 2;
    if (distance > kFarthest) too_wide_ = true;
    write16(field, distance);
}

std::uint32_t Emitter::table_entry(std::uint16_t value) {
    if (!grow(2)) return kNone;
    write16(at_, value);
    at_ += 2;
    barrier();
    return at_ - 2;
}

std::uint32_t Emitter::header() {
    while (at_ % 4 != 0 && grow(1)) write8(at_++, 0);
    const std::uint32_t start = at_;
    if (grow(sizeof(FunctionHeader))) at_ += sizeof(FunctionHeader);
    barrier();
    return start;
}

void Emitter::patch_header(std::uint32_t at, const FunctionHeader& value) {
    if (load_.reader.ok()) std::memcpy(load_.image.data() + at, &value, sizeof value);
}

}  // namespace wasmbed::wasm
