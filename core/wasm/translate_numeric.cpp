// Numeric instructions: which form of the operation suits the places of the operands.
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

/// Comparisons come in this order; the first six have all four forms, the others only AS.
enum Condition : unsigned { kEq, kNe, kLtS, kGeS, kLtU, kGeU, kGtS, kLeS, kGtU, kLeU };
constexpr unsigned kFullConditions = 6;

Condition condition_of(Op family) {
    const unsigned distance = family - Op::kI32Eq_AS;
    return distance < kFullConditions * 8
               ? static_cast<Condition>(distance / 8)
               : static_cast<Condition>(kFullConditions + (distance - kFullConditions * 8) / 2);
}

Op family_of(unsigned condition) {
    if (condition < kFullConditions) return Op::kI32Eq_AS + condition * 8;
    return Op::kI32GtS_AS + (condition - kFullConditions) * 2;
}

/// The condition with left and right exchanged.
unsigned swapped(unsigned c) {
    switch (c) {
        case kLtS:
            return kGtS;
        case kGtS:
            return kLtS;
        case kGeS:
            return kLeS;
        case kLeS:
            return kGeS;
        case kLtU:
            return kGtU;
        case kGtU:
            return kLtU;
        case kGeU:
            return kLeU;
        case kLeU:
            return kGeU;
        default:
            return c;
    }
}

}  // namespace

void FunctionTranslator::numeric(unsigned index) {
    const NumericInstruction& n = kNumeric[index];
    if (!WASMBED_WASM_FLOATS && n.kind == NumericKind::kMissing) {
        return load_.limit("floating-point arithmetic is not built in", instruction_at_);
    }
    const bool unary = n.kind == NumericKind::kUnary || n.kind == NumericKind::kEqz || n.kind == NumericKind::kRetype;
    if (unary ? !check({n.operand()}) : !check({n.operand(), n.operand()})) return;
    const auto result = static_cast<std::uint8_t>(n.result());
    if (!live_) {
        drop(unary ? 1 : 2);
        push(result);
        return;
    }
    switch (n.kind) {
        case NumericKind::kRetype:
            top().type = result;
            return;
        case NumericKind::kAdd:
            return add();
        case NumericKind::kSub:
            return sub();
        case NumericKind::kCommutative:
            return binary_forms(n.op, false);
        case NumericKind::kOrdered:
            return binary_forms(n.op, true);
        case NumericKind::kRotl:
            return rotate(false);
        case NumericKind::kRotr:
            return rotate(true);
        case NumericKind::kCompare:
            return compare(n.op);
        case NumericKind::kEqz:
            if (negate_last_compare()) return;
            if (Entry* zero = push(static_cast<std::uint8_t>(ValType::kI32), Kind::kConst)) {
                zero->value = 0;
                compare(n.op);
            }
            return;
        default:
            break;
    }

    Operands operands;
    Op op = n.op;
    const bool wide_result = slots_of(result) == 2;
    unsigned next = wide_result ? 1 : 0;
    if (!unary) {
        Entry& left = top(n.kind == NumericKind::kSwapped ? 0 : 1);
        Entry& right = top(n.kind == NumericKind::kSwapped ? 1 : 0);
        to_slot(left);
        operands.s[next++] = left.slot;
        if (n.kind == NumericKind::kBinaryImmediate && right.kind == Kind::kConst && fits16(right.value)) {
            op = op + 1;
            operands.h[0] = half(right.value);
        } else {
            to_slot(right);
            operands.s[next] = right.slot;
        }
        operands.s[next - 1] = left.slot;
    } else {
        to_slot(top());
        operands.s[next] = top().slot;
    }
    drop(unary ? 1 : 2);
    if (wide_result) {
        const Entry* e = push(result);
        if (e == nullptr) return;
        operands.s[0] = e->home;
        emit_.op_to64(op, operands);
        wrote(e->home, 2);
    } else {
        spill_accumulator();
        emit_.op(op, operands);
        result_in_accumulator(result);
    }
}

/// x op y with x and y on top of the stack, in the form that suits; constants on the left are loaded.
void FunctionTranslator::binary_forms(Op family, bool ordered) {
    Entry* x = &top(1);
    Entry* y = &top(0);
    if (y->kind == Kind::kAdd) compute_add(*y);
    if (x->kind == Kind::kAdd) compute_add(*x);
    if (!ordered &&
        (x->kind == Kind::kConst || (in_accumulator(*y) && !in_accumulator(*x) && y->kind != Kind::kConst))) {
        Entry* other = x;
        x = y;
        y = other;
    }
    if (x->kind == Kind::kConst) {
        if (in_accumulator(*y)) {
            to_home(*x);
        } else {
            to_accumulator(*x);
        }
    }
    Operands operands;
    unsigned form;
    if (y->kind == Kind::kConst && fits16(y->value)) {
        operands.h[0] = half(y->value);
        form = in_accumulator(*x) ? kAI : kSI;
        if (form == kSI) operands.s[0] = x->slot;
    } else {
        if (y->kind == Kind::kConst) {
            if (in_accumulator(*x) || ordered) {
                to_home(*y);
            } else {
                to_accumulator(*y);
                Entry* other = x;
                x = y;
                y = other;
            }
        }
        if (x->kind != Kind::kAccumulator && ordered && y->kind == Kind::kAccumulator) {
            form = kSA;
            operands.s[0] = x->slot;
        } else if (in_accumulator(*x) && y->kind != Kind::kAccumulator) {
            form = kAS;
            operands.s[0] = y->slot;
        } else {
            to_slot(*x);
            to_slot(*y);
            form = kSS;
            operands.s[0] = x->slot;
            operands.s[1] = y->slot;
        }
    }
    drop(2);
    spill_accumulator();
    emit_.op(family + form, operands);
    result_in_accumulator(static_cast<std::uint8_t>(ValType::kI32));
}

void FunctionTranslator::add() {
    Entry& x = top(1);
    Entry& y = top(0);
    Entry& variable = x.kind == Kind::kConst ? y : x;
    const Entry& constant = x.kind == Kind::kConst ? x : y;
    if (constant.kind == Kind::kConst && (variable.kind == Kind::kLocal || variable.kind == Kind::kAdd)) {
        const std::int64_t sum = std::int64_t{variable.kind == Kind::kAdd ? variable.value : 0} + constant.value;
        if (fits16(sum)) {
            const std::uint16_t slot = variable.slot;
            drop(2);
            Entry* e = push(static_cast<std::uint8_t>(ValType::kI32), Kind::kAdd);
            if (e == nullptr) return;
            e->slot = slot;
            e->value = static_cast<std::int32_t>(sum);
            return;
        }
    }
    binary_forms(Op::kI32Add_AS, false);
}

void FunctionTranslator::sub() {
    Entry& x = top(1);
    Entry& y = top(0);
    if (y.kind == Kind::kConst) {
        y.value = static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(y.value));
        return add();
    }
    if (y.kind == Kind::kAdd) compute_add(y);
    if (x.kind == Kind::kAdd) compute_add(x);
    if (x.kind == Kind::kConst) to_home(x);
    Operands operands;
    Op op;
    if (in_accumulator(x) && y.kind != Kind::kAccumulator) {
        op = Op::kI32Sub_AS;
        operands.s[0] = y.slot;
    } else if (in_accumulator(y) && x.kind != Kind::kAccumulator) {
        op = Op::kI32Sub_SA;
        operands.s[0] = x.slot;
    } else {
        to_slot(x);
        to_slot(y);
        op = Op::kI32Sub_SS;
        operands.s[0] = x.slot;
        operands.s[1] = y.slot;
    }
    drop(2);
    spill_accumulator();
    emit_.op(op, operands);
    result_in_accumulator(static_cast<std::uint8_t>(ValType::kI32));
}

void FunctionTranslator::rotate(bool right) {
    Entry& x = top(1);
    Entry& y = top(0);
    Operands operands;
    Op op = right ? Op::kI32Rotr : Op::kI32Rotl;
    if (y.kind == Kind::kConst) {
        const std::uint32_t left =
            right ? 0u - static_cast<std::uint32_t>(y.value) : static_cast<std::uint32_t>(y.value);
        operands.h[0] = static_cast<std::uint16_t>(left & 31);
        if (x.kind == Kind::kAdd || x.kind == Kind::kConst) to_accumulator(x);
        op = in_accumulator(x) ? Op::kI32Rotl_AI : Op::kI32Rotl_SI;
        operands.s[0] = x.slot;
    } else {
        to_slot(x);
        to_slot(y);
        operands.s[0] = x.slot;
        operands.s[1] = y.slot;
    }
    drop(2);
    spill_accumulator();
    emit_.op(op, operands);
    result_in_accumulator(static_cast<std::uint8_t>(ValType::kI32));
}

/// A comparison's forms are fewer: with slots on both sides `greater` is `less` exchanged, with a constant `x > c` is
/// `x >= c + 1`.
void FunctionTranslator::compare(Op family) {
    unsigned condition = condition_of(family);
    Entry* x = &top(1);
    Entry* y = &top(0);
    if (y->kind == Kind::kAdd) compute_add(*y);
    if (x->kind == Kind::kAdd) compute_add(*x);
    const auto exchange = [&] {
        Entry* other = x;
        x = y;
        y = other;
        condition = swapped(condition);
    };
    if (x->kind == Kind::kConst || (in_accumulator(*y) && !in_accumulator(*x))) {
        if (y->kind != Kind::kConst) exchange();
    }
    if (x->kind == Kind::kConst) to_accumulator(*x);
    bool immediate = y->kind == Kind::kConst;
    if (immediate && condition >= kFullConditions) {
        // > c and <= c become >= c + 1 and < c + 1, unless that wraps.
        const bool is_signed = condition == kGtS || condition == kLeS;
        immediate = y->value != (is_signed ? 0x7fffffff : -1);
        if (immediate && fits16(std::int64_t{y->value} + 1)) {
            ++y->value;
            condition = condition == kGtS ? kGeS : condition == kLeS ? kLtS : condition == kGtU ? kGeU : kLtU;
        } else {
            immediate = false;
        }
    }
    immediate = immediate && fits16(y->value);
    if (y->kind == Kind::kConst && !immediate) to_home(*y);

    Operands operands;
    unsigned form;
    accumulator_slot_before_ = accumulator_slot_;
    if (immediate) {
        operands.h[0] = half(y->value);
        form = in_accumulator(*x) ? kAI : kSI;
        if (form == kSI) operands.s[0] = x->slot;
    } else if (in_accumulator(*x) && y->kind != Kind::kAccumulator) {
        form = kAS;
        operands.s[0] = y->slot;
    } else {
        to_slot(*x);
        to_slot(*y);
        if (condition >= kFullConditions) exchange();
        form = kSS;
        operands.s[0] = x->slot;
        operands.s[1] = y->slot;
    }
    drop(2);
    spill_accumulator();
    accumulator_slot_before_ = accumulator_slot_;
    emit_.op(family_of(condition) + form, operands);
    result_in_accumulator(static_cast<std::uint8_t>(ValType::kI32));
}

/// i32.eqz of a comparison: the opposite comparison. False if the top operand is not one.
bool FunctionTranslator::negate_last_compare() {
    const Op last = emit_.last();
    if (top().kind != Kind::kAccumulator || last < Op::kI32Eq_AS || last > Op::kI32LeU_AS_d) return false;
    const Operands operands = emit_.last_operands();
    const unsigned distance = last - Op::kI32Eq_AS;
    const bool full = distance < kFullConditions * 8;
    const unsigned condition = full ? distance / 8 : kFullConditions + (distance - kFullConditions * 8) / 2;
    const unsigned form = full ? distance % 8 : kAS;
    emit_.rewind_last();
    emit_.op(family_of(condition ^ 1) + form, operands);
    return true;
}

}  // namespace wasmbed::wasm
