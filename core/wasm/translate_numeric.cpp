// Numeric instructions: which form of the operation suits the places of the operands.
#include <utility>

#include "core/wasm/function_translator.hpp"

namespace wasmbed::wasm {

namespace {

bool fits16(std::int64_t value) {
    return value >= -32768 && value <= 32767;
}
std::uint16_t half(std::int64_t value) {
    return static_cast<std::uint16_t>(value);
}

// Forms within a family of ops.inc; each has a twin, so they are two apart.
constexpr unsigned kAS = 0;
constexpr unsigned kAI = 2;
constexpr unsigned kSS = 4;
constexpr unsigned kSI = 6;
constexpr unsigned kSA = 8;
constexpr unsigned kShiftSI = 4;                 ///< there is no SS
constexpr unsigned kFamily = kAllForms ? 8 : 4;  ///< from one comparison to the next

}  // namespace

unsigned FunctionTranslator::condition_of(Op op) {
    const unsigned distance = op - Op::kI32Eq_AS;
    const unsigned full = kFullConditions * kFamily;
    return distance < full ? distance / kFamily : kFullConditions + (distance - full) / 2;
}

Op FunctionTranslator::family_of(unsigned condition) {
    if (condition < kFullConditions) return Op::kI32Eq_AS + condition * kFamily;
    return Op::kI32GtS_AS + (condition - kFullConditions) * 2;
}

/// The condition with left and right exchanged.
unsigned FunctionTranslator::swapped(unsigned c) {
    static constexpr std::uint8_t kSwapped[] = {kEq, kNe, kGtS, kLeS, kGtU, kLeU, kLtS, kGeS, kLtU, kGeU};
    return kSwapped[c];
}

void FunctionTranslator::numeric(unsigned index) {
    const NumericInstruction& n = kNumeric[index];
    const NumericKind kind = n.kind();
    Op op = n.op();
    if (!WASMBED_WASM_FLOATS && kind == NumericKind::kMissing) {
        return refuse(Rule::kNoFloats);
    }
    const bool unary = kind == NumericKind::kUnary || kind == NumericKind::kEqz || kind == NumericKind::kRetype;
    const auto operand = static_cast<std::uint8_t>(n.operand());
    if (!check_one(0, operand) || (!unary && !check_one(1, operand))) return;
    const auto result = static_cast<std::uint8_t>(n.result());
    switch (kind) {
        case NumericKind::kRetype:
            top().type = result;
            return;
        case NumericKind::kAdd:
            return add();
        case NumericKind::kSub:
            return sub();
        case NumericKind::kCommutative:
            return commutative(op);
        case NumericKind::kShift:
            return shift(op);
        case NumericKind::kRotl:
            if (!kAllForms) break;  // of two slots
            return rotate(false);
        case NumericKind::kRotr:
            if (!kAllForms) break;
            return rotate(true);
        case NumericKind::kCompare:
            return compare(op);
        case NumericKind::kEqz:
            if (!negate_last_compare()) compare_with_zero(op);
            return;
        default:
            break;
    }

    Operands operands;
    const bool wide_result = slots_of(result) == 2;
    unsigned next = wide_result ? 1 : 0;
    if (!unary) {
        Entry& left = top(kind == NumericKind::kSwapped ? 0 : 1);
        Entry& right = top(kind == NumericKind::kSwapped ? 1 : 0);
        to_slot(left);
        const bool immediate = kAllForms && kind == NumericKind::kBinaryImmediate && right.kind == Kind::kConst;
        if (immediate && fits16(right.value) && fits16(-std::int64_t{right.value})) {
            op = with_constant(op, right.value);
            operands.h[0] = half(right.value);
            if (op == Op::kI64Extend32U || op == Op::kI64Extend32S) ++left.slot;
        } else {
            to_slot(right);
            operands.s[next + 1] = right.slot;
        }
        operands.s[next] = left.slot;
    } else {
        to_slot(top());
        operands.s[next] = top().slot;
    }
    drop(unary ? 1 : 2);
    if (!wide_result) return emit_result(op, operands, result);
    const Entry& e = push(result);
    operands.s[0] = e.home;
    emit_.op_to64(op, operands);
    wrote(e.home, 2);
}

/// The operation in place of `op`, one of kBinaryImmediate, whose second operand is `value`, which may have to change.
Op FunctionTranslator::with_constant(Op op, std::int32_t& value) {
    switch (op) {
        case Op::kI64Sub:
            value = -value;
            return Op::kI64Add_SI;
        case Op::kI64Rotr:
            value = -value;
            [[fallthrough]];
        case Op::kI64Rotl:
            return Op::kI64Rotl_SI;
        case Op::kI64Shl:
        case Op::kI64ShrS:
        case Op::kI64ShrU:
            value &= 63;
            if (value != 32 || op == Op::kI64Shl) break;
            return op == Op::kI64ShrU ? Op::kI64Extend32U : Op::kI64Extend32S;  // of the high half
        default:
            break;
    }
    return op + 1;
}

/// The two operands on top as left and right side of an operation. True if they are exchanged, which serves to have a
/// constant on the right or the accumulator on the left.
bool FunctionTranslator::sides(Entry*& x, Entry*& y, bool may_exchange) {
    x = &top(1);
    y = &top(0);
    if (is_sum(*y)) compute_add(*y);
    if (is_sum(*x)) compute_add(*x);
    if (!may_exchange || y->kind == Kind::kConst) return false;
    if (x->kind != Kind::kConst && (in_accumulator(*x) || !in_accumulator(*y))) return false;
    std::swap(x, y);
    return true;
}

/// The form that suits where x and y are, and its operands. `Kind::kConst` is left for a right side of 16 bits only.
/// `has_reverse`: there is the form SA too.
unsigned FunctionTranslator::choose_form(Entry* x, Entry* y, bool has_reverse, Operands& operands) {
    if (!kAllForms) return choose_few(x, y, operands);
    if (x->kind == Kind::kConst) {
        if (in_accumulator(*y)) {
            to_home(*x);
        } else {
            to_accumulator(*x);
        }
    }
    if (y->kind == Kind::kConst && fits16(y->value)) {
        operands.h[0] = half(y->value);
        if (in_accumulator(*x)) return kAI;
        operands.s[0] = x->slot;
        return kSI;
    }
    if (y->kind == Kind::kConst) to_home(*y);
    if (has_reverse && x->kind != Kind::kAccumulator && y->kind == Kind::kAccumulator) {
        operands.s[0] = x->slot;
        return kSA;
    }
    if (in_accumulator(*x) && y->kind != Kind::kAccumulator) {
        operands.s[0] = y->slot;
        return kAS;
    }
    to_slot(*x);
    to_slot(*y);
    operands.s[0] = x->slot;
    operands.s[1] = y->slot;
    return kSS;
}

/// The same where there are two forms only: x has to be in the accumulator.
unsigned FunctionTranslator::choose_few(Entry* x, Entry* y, Operands& operands) {
    const bool immediate = y->kind == Kind::kConst && fits16(y->value);
    if (immediate) {
        operands.h[0] = half(y->value);
    } else {
        to_slot(*y);  // first, as it may be what the accumulator holds
        operands.s[0] = y->slot;
    }
    to_accumulator(*x);
    return immediate ? kAI : kAS;
}

/// x op y with x and y on top of the stack, in the form that suits.
void FunctionTranslator::commutative(Op family) {
    Entry* x;
    Entry* y;
    sides(x, y, true);
    if (kAllForms && y->kind == Kind::kConst && !fits16(y->value) && !in_accumulator(*x)) {
        to_accumulator(*y);
        std::swap(x, y);
    }
    Operands operands;
    const unsigned form = choose_form(x, y, false, operands);
    drop(2);
    if (!kAllForms || family != Op::kI32Add_AS || !take_in_shift(form, operands))
        emit_result(family + form, operands, kI32);
}

/// Makes a shift by a constant, if that was the last operation, and the addition to its result one: the address of an
/// element of an array.
bool FunctionTranslator::take_in_shift(unsigned form, Operands& operands) {
    const Op last = emit_.last();
    const bool in_slot = last == Op::kI32Shl_SI;
    if (!in_slot && (last != Op::kI32Shl_AI || form != kAI)) return false;
    const std::uint16_t base = operands.s[0];
    const std::uint16_t constant = operands.h[0];
    Op op = in_slot ? Op::kI32ShlAdd_S : Op::kI32ShlAdd_A;
    if (form == kAS && base < kNearSlots) {  // a far one would take the place of the shift's own
        emit_.last_operands(operands);
        operands.s[1] = operands.s[0];
        operands.s[0] = base;
        op = Op::kI32AddShl;
    } else if (form == kAI) {
        emit_.last_operands(operands);
        operands.h[1] = constant;
    } else {
        return false;
    }
    emit_.rewind_last();
    emit_result(op, operands, kI32);
    return true;
}

void FunctionTranslator::add() {
    Entry& x = top(1);
    Entry& y = top(0);
    const Entry& variable = x.kind == Kind::kConst ? y : x;
    const Entry& constant = x.kind == Kind::kConst ? x : y;
    if (kAllForms && constant.kind == Kind::kConst && (variable.kind == Kind::kLocal || variable.kind == Kind::kAdd)) {
        const std::int64_t sum = std::int64_t{variable.kind == Kind::kAdd ? variable.add : 0} + constant.value;
        if (fits16(sum)) {
            const std::uint16_t slot = variable.slot;
            drop(2);
            Entry& e = push(kI32, Kind::kAdd);
            e.slot = slot;
            e.add = static_cast<std::int16_t>(sum);
            return;
        }
    }
    commutative(Op::kI32Add_AS);
}

void FunctionTranslator::sub() {
    Entry* x;
    Entry* y = &top(0);
    if (y->kind == Kind::kConst) {
        y->value = static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(y->value));
        return add();
    }
    sides(x, y, false);
    Operands operands;
    const unsigned form = choose_form(x, y, true, operands);
    drop(2);
    static_assert(!kAllForms ||
                  (Op::kI32Sub_SS - Op::kI32Sub_AS == kSS / 2 && Op::kI32Sub_SA - Op::kI32Sub_AS == kSA / 2));
    emit_result(Op::kI32Sub_AS + form / 2, operands, kI32);
}

/// Shifts by a variable have the form AS only.
void FunctionTranslator::shift(Op family) {
    Entry& x = top(1);
    Entry& y = top(0);
    Operands operands;
    if (y.kind == Kind::kConst) {
        static_assert(Op::kI32Shl_AI - Op::kI32Shl_AS == kAI);
        operands.h[0] = half(y.value & 31);
        family = family + (only_operand(x, operands) ? kAI : kShiftSI);
    } else {
        to_slot(y);
        to_accumulator(x);
        operands.s[0] = y.slot;
    }
    drop(2);
    emit_result(family, operands, kI32);
}

void FunctionTranslator::rotate(bool right) {
    Entry& x = top(1);
    Entry& y = top(0);
    Operands operands;
    Op op = right ? Op::kI32Rotr : Op::kI32Rotl;
    if (y.kind == Kind::kConst) {
        operands.h[0] = static_cast<std::uint16_t>((right ? 0u - static_cast<std::uint32_t>(y.value) : y.value) & 31);
        op = only_operand(x, operands) ? Op::kI32Rotl_AI : Op::kI32Rotl_SI;
    } else {
        to_slot(x);
        to_slot(y);
        operands.s[0] = x.slot;
        operands.s[1] = y.slot;
    }
    drop(2);
    emit_result(op, operands, kI32);
}

void FunctionTranslator::compare_with_zero(Op family) {
    push_constant(0);
    if (r_.ok()) compare(family);
}

/// A comparison's forms are fewer: with slots on both sides `greater` is `less` exchanged, with a constant `x > c` is
/// `x >= c + 1`.
void FunctionTranslator::compare(Op family) {
    unsigned condition = condition_of(family);
    Entry* x;
    Entry* y;
    if (sides(x, y, true)) condition = swapped(condition);
    if (y->kind == Kind::kConst && condition >= kFullConditions) {
        // > c and <= c become >= c + 1 and < c + 1, unless that wraps (as a signed number, it does not fit 16 bits).
        const bool wraps = y->value == -1 && (condition == kGtU || condition == kLeU);
        if (!wraps && fits16(std::int64_t{y->value} + 1)) {
            ++y->value;
            condition = condition == kGtS ? kGeS : condition == kLeS ? kLtS : condition == kGtU ? kGeU : kLtU;
        } else {
            to_home(*y);
        }
    }
    Operands operands;
    const unsigned form = choose_form(x, y, false, operands);
    if (kAllForms && form == kSS && condition >= kFullConditions) {
        std::swap(operands.s[0], operands.s[1]);
        condition = swapped(condition);
    }
    drop(2);
    emit_result(family_of(condition) + form, operands, kI32);
}

/// Takes the last operation back if it is a comparison and left the operand on top.
bool FunctionTranslator::take_last_compare(Comparison& found) {
    const Op last = emit_.last();
    if (!kAllForms || top().kind != Kind::kAccumulator || last < Op::kI32Eq_AS || last > Op::kI32LeU_AS_d) return false;
    found.condition = condition_of(last);
    found.form = last - family_of(found.condition);
    emit_.last_operands(found.operands);
    emit_.rewind_last();
    return true;
}

/// i32.eqz of a comparison: the opposite comparison. False if the top operand is not one.
bool FunctionTranslator::negate_last_compare() {
    Comparison last;
    if (!take_last_compare(last)) return false;
    emit_.op(family_of(last.condition ^ 1) + last.form, last.operands);
    return true;
}

}  // namespace wasmbed::wasm
