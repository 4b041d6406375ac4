// Shapes of code that the translator makes fewer operations of: 64-bit values, conditions, counting loops, operands
// that outlive a change of their local. Random expressions seldom meet them, compilers' code is full of them.
#include "tests/wasm/function_generator.hpp"

namespace wasmbed::wasm::test {

namespace {

constexpr std::uint8_t kShifts[] = {0, 1, 2, 7, 8, 16, 24, 31, 32, 33, 48, 63, 64};

}  // namespace

void FunctionGenerator::i32_constant(std::int64_t value) {
    op(kConst32), code_.s64(static_cast<std::int32_t>(value));
}

/// Around the bounds of the immediates that operations have, and where sums wrap.
std::int64_t FunctionGenerator::edge() {
    static constexpr std::int64_t kEdges[] = {0,       1,       -1,       2,          4,         -4,
                                              0x7f,    0x80,    0xff,     -0x80,      0x7ffe,    0x7fff,
                                              0x8000,  -0x8000, -0x8001,  0xfffe,     0xffff,    0x10000,
                                              -0xffff, 0x10001, -0x10000, 0x7fffffff, INT32_MIN, 0x12345678};
    return random_.pick(kEdges);
}

void FunctionGenerator::edge_constant(std::uint8_t type) {
    if (!is_integer(type)) return constant(type);
    const std::int64_t value = random_.one_in(4) ? static_cast<std::int64_t>(random_.below(200)) : edge();
    if (type == kI32) return i32_constant(value);
    op(kConst64), code_.s64(random_.one_in(6) ? value << 32 : value);
}

/// A local, a constant at an edge, or anything.
void FunctionGenerator::operand(std::uint8_t type, unsigned depth) {
    switch (random_.below(4)) {
        case 0:
            return edge_constant(type);
        case 1:
            return expression(type, depth);
        default:
            return local(kGet, local_of(type));
    }
}

void FunctionGenerator::pattern(std::uint8_t type, unsigned depth) {
    switch (random_.below(11)) {
        case 9:
            return switch_with_value(type, depth);
        case 8:
            if (is_integer(type)) return wait_beside(type, depth);
            [[fallthrough]];
        case 0:
        case 1:
            if (has_memory()) return array_load(type, depth);
            [[fallthrough]];
        case 2:
            return choose_by_condition(type, depth);
        case 3:
            return outlive_change(type, depth);
        case 4:
            return counting_loop(type, depth);
        default:
            if (type == kI32) return narrow(depth);
            if (type == kI64) return wide(depth);
            return leaf(type);
    }
}

/// An i32 that is used as a condition, most often a comparison.
void FunctionGenerator::condition(unsigned depth) {
    switch (random_.below(13)) {
        case 0:
            condition(depth);
            return op(kEqz32);
        case 1:
            operand(kI64, depth);
            return op(0x50);  // i64.eqz
        case 2:
            operand(kI64, depth), op(kConst64), code_.s64(random_.one_in(2) ? 0xff : 1LL << random_.below(63)),
                op(0x83);
            if (random_.one_in(2)) return op(0x50);
            op(kConst64), code_.s64(0);
            return op(random_.one_in(2) ? 0x51 : 0x52);
        case 3:
            operand(kI32, depth), op(random_.one_in(2) ? 0xad : 0xac), edge_constant(kI64);
            return op(static_cast<std::uint8_t>(0x51 + random_.below(10)));
        case 4:
            operand(kI32, depth), i32_constant(1LL << random_.below(32)), op(kAnd32);
            return random_.one_in(2) ? op(kEqz32) : void();
        case 5:
            return expression(kI32, depth);
        default: {
            const std::uint8_t type = random_.one_in(3) ? kI64 : kI32;
            operand(type, depth);
            random_.one_in(3) ? edge_constant(type) : operand(type, depth);
            return op(static_cast<std::uint8_t>((type == kI32 ? 0x46 : 0x51) + random_.below(10)));
        }
    }
}

/// select, or if with a result, with constants or locals among what is chosen from.
void FunctionGenerator::choose_by_condition(std::uint8_t type, unsigned depth) {
    if (random_.one_in(3)) {
        condition(depth);
        op(kIf), op(type);
        labels_.push_back({{type}, false});
        operand(type, depth);
        op(kElse);
        operand(type, depth);
        op(kEnd);
        labels_.pop_back();
        return;
    }
    if (random_.one_in(2)) {
        edge_constant(type), edge_constant(type);
    } else {
        operand(type, depth), operand(type, depth);
    }
    if (random_.one_in(3)) {  // by an equality that holds at times
        const std::uint32_t mask = random_.one_in(2) ? 1 : 3;
        operand(kI32, depth), i32_constant(mask), op(kAnd32), i32_constant(random_.below(mask + 1));
        op(random_.one_in(2) ? 0x46 : 0x47);
    } else {
        condition(depth);
    }
    op(0x1b);
}

/// A br_table that carries a value, past another operand at times, to one of two blocks.
void FunctionGenerator::switch_with_value(std::uint8_t type, unsigned depth) {
    op(kBlock), op(type), op(kBlock), op(type);
    labels_.push_back({{type}, false}), labels_.push_back({{type}, false});
    if (random_.one_in(2)) leaf(kNumbers[random_.below(4)]);
    operand(type, depth);
    operand(kI32, depth), i32_constant(3), op(kAnd32);
    op(0x0e);
    const std::uint32_t entries = random_.below(4);
    code_.u32(entries);
    for (std::uint32_t i = 0; i <= entries; ++i) code_.u32(random_.below(2));
    op(kEnd);
    labels_.pop_back();
    if (is_integer(type)) edge_constant(type), op(type == kI32 ? kAdd32 : 0x7c);
    op(kEnd);
    labels_.pop_back();
}

/// Pushes a local or `local + constant`, then changes the local, then uses what was pushed.
void FunctionGenerator::outlive_change(std::uint8_t type, unsigned depth) {
    const std::uint32_t x = local_of(type);
    const bool number = is_integer(type);
    const std::uint8_t add = type == kI32 ? kAdd32 : 0x7c;
    local(kGet, x);
    if (number && random_.one_in(2)) edge_constant(type), op(add);
    if (number && random_.one_in(3)) local(kTee, local_of(type));
    switch (random_.below(number ? 4 : 1)) {
        case 0:
            expression(type, depth), local(kSet, x);
            break;
        case 1:  // an increment
            local(kGet, x), edge_constant(type), op(add), local(kSet, x);
            break;
        case 2:
            edge_constant(type), local(kSet, x);
            break;
        default:
            statement(depth);
    }
    if (!number) return;
    local(kGet, x);
    op(static_cast<std::uint8_t>(add + (random_.one_in(2) ? 0 : 7 + random_.below(3))));  // add, and, or, xor
}

/// A 32-bit result that still waits, in the accumulator, while another condition is tested: not, or not only, the last
/// operation's result.
void FunctionGenerator::wait_beside(std::uint8_t type, unsigned depth) {
    if (random_.one_in(4)) {
        local(kGet, local_of(kI32)), i32_constant(1 + random_.below(4)), op(kShl32);
    } else {
        random_.one_in(2) ? condition(depth) : narrow(depth);
    }
    switch (random_.below(5)) {
        case 4:
            local(kGet, local_of(kI32)), local(kGet, local_of(kI32));
            op(static_cast<std::uint8_t>(random_.one_in(2) ? kAdd32 : 0x46 + random_.below(10)));
            break;
        case 0:
            operand(kI32, kDepth), op(kEqz32);
            break;
        case 1:
            leaf(kI32), leaf(kI32), operand(kI32, kDepth), op(0x1b);
            break;
        case 2:
            op(kBlock), op(kI32);
            leaf(kI32), operand(kI32, kDepth), op(kBrIf), code_.u32(0);
            op(kEnd);
            break;
        default:
            edge_constant(kI32), leaf(kI32), op(kAdd32);
    }
    op(static_cast<std::uint8_t>(random_.one_in(2) ? kAdd32 : kSub32));
    if (type == kI64) op(0xac);
}

/// More operands than the translator keeps apart from their homes, of locals that change before they are used.
void FunctionGenerator::many_operands(unsigned depth) {
    const std::uint32_t x = local_of(kI32);
    const std::uint32_t count = 20 + random_.below(20);
    for (std::uint32_t i = 0; i < count; ++i) {
        random_.one_in(4) ? leaf(kI32) : local(kGet, x);
        if (random_.one_in(4)) edge_constant(kI32), op(kAdd32);
    }
    expression(kI32, depth), local(kSet, x);
    for (std::uint32_t i = 1; i < count; ++i) op(static_cast<std::uint8_t>(random_.one_in(2) ? kAdd32 : kMul32));
}

/// A local that one way to a join writes and the other reads, as does what follows.
void FunctionGenerator::join(unsigned depth) {
    const std::uint32_t x = local_of(kI32), y = local_of(kI32);
    const auto write = [&] { operand(kI32, depth), edge_constant(kI32), op(kAnd32), local(kSet, x); };
    const auto read = [&] { local(kGet, x), edge_constant(kI32), op(kMul32), local(kSet, y); };
    if (random_.one_in(2)) write();
    condition(depth);
    op(kIf), op(kVoidBlock);
    labels_.push_back({{}, false});
    random_.one_in(3) ? read() : write();
    if (random_.one_in(2)) {
        op(kElse);
        random_.one_in(3) ? write() : read();
    }
    op(kEnd);
    labels_.pop_back();
    read();
}

/// i32: halves of i64, shifts and products by constants.
void FunctionGenerator::narrow(unsigned depth) {
    switch (random_.below(9)) {
        case 8: {  // of memories and tables, whose results are seldom kept in a local at once
            const auto tables = static_cast<std::uint32_t>(shape_.table_sizes.size());
            const bool grow = random_.one_in(2);
            if (tables != 0 && random_.one_in(2)) {
                if (grow) reference(kFuncref, kDepth), i32_constant(random_.below(2));
                return op_fc(grow ? 15 : 16), code_.u32(random_.below(tables));
            }
            if (!has_memory()) return operand(kI32, depth);
            if (grow) i32_constant(shape_.memory_grows && random_.one_in(4));
            return op(grow ? 0x40 : 0x3f), code_.u32(some_memory());
        }
        case 0:  // the high word
            operand(kI64, depth), op(kConst64), code_.s64(random_.one_in(3) ? random_.pick(kShifts) : 32);
            op(random_.one_in(3) ? 0x87 : 0x88);
            return op(0xa7);
        case 1:
            wide(depth);
            return op(0xa7);
        case 2:
            operand(kI32, depth), i32_constant(random_.pick(kShifts));
            return op(static_cast<std::uint8_t>(0x74 + random_.below(5)));
        case 3:  // base + (index << n), which may be reached from either side
            operand(kI32, depth), local(kGet, local_of(kI32)), i32_constant(random_.below(5)), op(kShl32);
            return op(kAdd32);
        case 4:
            operand(kI32, depth), edge_constant(kI32);
            return op(random_.one_in(2) ? kMul32 : random_.one_in(2) ? kSub32 : kAdd32);
        case 5:
            edge_constant(kI32), operand(kI32, depth);
            return op(static_cast<std::uint8_t>(random_.one_in(2) ? 0x74 + random_.below(3) : kSub32));
        case 6:
            operand(kI32, depth), edge_constant(kI32);
            return op(static_cast<std::uint8_t>(0x71 + random_.below(3)));
        default:
            return condition(depth);
    }
}

/// i64: shifts by constants, products of extended words, words put together.
void FunctionGenerator::wide(unsigned depth) {
    const auto extended = [&] {
        operand(kI32, depth);
        op(random_.one_in(4) ? 0xac : 0xad);
    };
    const auto shift = [&](std::int64_t by, std::uint8_t opcode) { op(kConst64), code_.s64(by), op(opcode); };
    switch (random_.below(8)) {
        case 0:
        case 1:
            operand(kI64, depth);
            if (random_.one_in(3)) op(kConst64), code_.s64(INT64_MIN), op(0x84);  // or: negative
            return shift(random_.one_in(3)   ? 32
                         : random_.one_in(8) ? -1
                         : random_.one_in(2) ? random_.below(64)
                                             : random_.pick(kShifts),
                         static_cast<std::uint8_t>(0x86 + random_.below(5)));
        case 2:
            extended(), extended(), op(0x7e);
            if (random_.one_in(2)) extended(), op(0x7c);
            if (random_.one_in(2)) operand(kI64, depth), op(random_.one_in(2) ? 0x7c : 0x7d);
            return random_.one_in(2) ? shift(32, 0x88) : void();
        case 3:
            extended(), extended(), shift(32, 0x86);
            return op(random_.one_in(2) ? 0x84 : 0x7c);
        case 4:
            extended(), operand(kI64, depth);
            return op(static_cast<std::uint8_t>(0x7c + random_.below(3)));
        case 5: {
            static constexpr std::int64_t kMasks[] = {0xffffffff, 0xff, 0xffff, -0x100000000, 0x7fffffff, 0xffff0000};
            operand(kI64, depth), op(kConst64), code_.s64(random_.pick(kMasks));
            return op(static_cast<std::uint8_t>(0x83 + random_.below(3)));
        }
        case 6:  // times an extended word, which may be masked instead
            extended(), operand(kI64, depth), op(kConst64), code_.s64(0xffffffff), op(0x83);
            return op(0x7e);
        default:
            operand(kI64, depth), edge_constant(kI64);
            return op(static_cast<std::uint8_t>(0x7c + random_.below(3)));
    }
}

/// A body of one or two patterns whose results are the function's, so that all that goes wrong shows.
void FunctionGenerator::probe() {
    for (std::uint32_t i = 0; i < 4; ++i) {
        const std::uint8_t type = random_.one_in(2) ? kI32 : kI64;
        constant(type), local(kSet, local_of(type));
    }
    for (const std::uint32_t start : {0u, 0x7fc0u, 0xffc0u, shape_.memory_bytes - 64}) {  // bytes with a sign
        if (start + 64 > shape_.memory_bytes || !random_.one_in(3)) continue;
        i32_constant(start), i32_constant(0x80 + random_.below(0x80)), i32_constant(64);
        op_fc(11), code_.u32(some_memory());
    }
    if (random_.one_in(4)) array_store(kDepth - 1);
    bool loads = random_.one_in(2);
    for (const std::uint8_t type : signature_.results) {
        if (is_reference(type)) {
            leaf(type);
        } else if (loads) {
            array_load(type, kDepth);
        } else {
            pattern(type, kDepth - 1);
        }
        loads = false;
    }
}

/// The end of a loop that counts in a local of its own, whose limit the next local has.
void FunctionGenerator::count(std::uint32_t counter, std::int32_t step, std::int32_t limit) {
    if (random_.one_in(10)) {  // to the end at once: no increment
        i32_constant(limit), local(kSet, counter), local(kGet, counter);
    } else if (random_.one_in(8)) {  // control arrives behind the increment
        op(kBlock), op(kVoidBlock);
        local(kGet, counter), i32_constant(step), op(kAdd32), local(kSet, counter);
        local(kGet, random_.one_in(2) ? counter : local_of(kI32)), op(kBrIf), code_.u32(0);
        op(kEnd);
        local(kGet, counter);
    } else {
        local(kGet, counter), i32_constant(step), op(kAdd32);
        random_.one_in(2) ? local(kTee, counter) : (local(kSet, counter), local(kGet, counter));
    }
    if (limit != 0 || random_.one_in(3)) {
        if (random_.one_in(3)) {
            local(kGet, counter + 1);
        } else if (random_.one_in(2)) {  // the limit on the left
            op(kDrop), local(kGet, counter + 1), local(kGet, counter);
            op(random_.one_in(3) ? (step > 0 ? 0x4a : 0x48) : 0x47);  // gt_s or lt_s; ne
            return op(kBrIf), code_.u32(0);
        } else {
            i32_constant(limit);
        }
        op(random_.one_in(3) ? (step > 0 ? 0x48 : 0x4a) : 0x47);  // lt_s or gt_s; ne
    }
    op(kBrIf), code_.u32(0);
}

/// A loop of a few rounds that carries a value of the type: through its parameter, by which its end has operands beside
/// the counter, or in a local, which it then begins with. Without room for one more loop, any value.
void FunctionGenerator::counting_loop(std::uint8_t type, unsigned depth) {
    static constexpr std::int32_t kSteps[] = {1, 1, 1, -1, 4, -8, 0x7fff};
    if (counters_used_ == kCounters) return leaf(type);
    const std::uint32_t counter = first_counter() + 2 * counters_used_++;
    const std::int32_t step = random_.pick(kSteps);
    const std::int32_t limit = random_.one_in(4) ? 0 : static_cast<std::int32_t>(random_.below(70000)) - 30000;
    i32_constant(limit - step * static_cast<std::int32_t>(1 + random_.below(3))), local(kSet, counter);
    i32_constant(limit), local(kSet, counter + 1);
    const bool parameter = random_.one_in(2);
    const std::uint32_t carried = local_of(type);
    operand(type, depth);
    if (parameter) {
        op(kLoop), code_.s64(shape_.loop_types + (type == kI32 ? 0 : type == kI64 ? 1 : type == kF32 ? 2 : 3));
        labels_.push_back({{type}, true});
        local(kSet, carried);
    } else {
        if (is_integer(type)) edge_constant(type), op(type == kI32 ? kAdd32 : 0x7c);
        local(kSet, carried);
        op(kLoop), op(kVoidBlock);
        labels_.push_back({{}, true});
        if (is_integer(type))
            local(kGet, carried), edge_constant(type), op(type == kI32 ? 0x73 : 0x85), local(kSet, local_of(type));
    }
    if (random_.one_in(2)) statement(depth);
    local(kGet, carried);
    if (is_integer(type)) operand(type, depth), op(type == kI32 ? kAdd32 : 0x7c);
    if (!parameter) local(kSet, carried);
    count(counter, step, limit);
    op(kEnd);
    if (!parameter) local(kGet, carried);
    labels_.pop_back();
    --counters_used_;
}

/// As a statement: an array's element written, a local incremented, a value computed and kept.
void FunctionGenerator::pattern_statement(unsigned depth) {
    const std::uint8_t type = kNumbers[random_.below(4)];
    if (has_memory() && random_.one_in(2)) return array_store(depth);
    if (random_.one_in(4)) {
        const std::uint32_t x = local_of(kI32);
        local(kGet, x), edge_constant(kI32), op(random_.one_in(3) ? kSub32 : kAdd32);
        return local(kSet, x);
    }
    if (random_.one_in(3)) {
        random_.one_in(8) ? many_operands(depth) : condition(depth);
        return local(kSet, local_of(kI32));
    }
    if (random_.one_in(4)) return join(depth);
    pattern(type, depth);
    local(kSet, local_of(type));
}

}  // namespace wasmbed::wasm::test
