// Statements: the stack is the same before and behind.
#include "tests/wasm/function_generator.hpp"

namespace wasmbed::wasm::test {

void FunctionGenerator::statements(unsigned depth) {
    for (std::uint32_t i = 1 + random_.below(depth == 0 ? 8 : 3); i > 0; --i) statement(depth);
}

void FunctionGenerator::statement(unsigned depth) {
    if (depth >= kDepth || size_left_ == 0) return op(kNop);
    --size_left_;
    if (random_.one_in(3)) return pattern_statement(depth + 1);
    const std::uint8_t type = random_.pick(kNumbers);
    switch (random_.below(16)) {
        case 0:
        case 1:
        case 2:
            expression(type, depth + 1);
            return local(kSet, local_of(type));
        case 3: {
            const std::uint32_t index = random_.below(static_cast<std::uint32_t>(shape_.globals.size()));
            const ModuleShape::Global& global = shape_.globals[index];
            if (!global.is_mutable || index == shape_.fuel_global) return op(kNop);
            expression(global.type, depth + 1);
            op(0x24);
            return code_.u32(index);
        }
        case 4:
        case 5:
            return has_memory() ? store(depth + 1) : op(kNop);
        case 6:
        case 7:
            return loop(depth + 1);
        case 8:
            condition(depth + 1);
            op(kIf), op(kVoidBlock);
            labels_.push_back({{}, false});
            statements(depth + 1);
            if (random_.one_in(2)) {
                op(kElse);
                statements(depth + 1);
            }
            op(kEnd);
            labels_.pop_back();
            return;
        case 9:
            return branch(depth + 1);
        case 10:
            return switch_over(depth + 1);
        case 11:
            return has_memory() ? bulk_memory(depth + 1) : op(kNop);
        case 12:
            return shape_.table_sizes.empty() ? op(kNop) : tables(depth + 1);
        case 13:
            return call_any(depth + 1);
        case 14:
            return random_.one_in(3) ? leave(depth + 1) : op(kNop);
        default:
            expression(type, depth + 1);
            return op(kDrop);
    }
}

void FunctionGenerator::store(unsigned depth) {
    struct Store {
        std::uint8_t opcode;
        std::uint8_t type;
    };
    static constexpr Store kStores[] = {{0x36, kI32}, {0x37, kI64}, {0x38, kF32}, {0x39, kF64}, {0x3a, kI32},
                                        {0x3b, kI32}, {0x3c, kI64}, {0x3d, kI64}, {0x3e, kI64}};
    const Store how = random_.pick(kStores);
    address(depth);
    expression(how.type, depth);
    op(how.opcode);
    memory_operand();
}

/// block (loop: out of it without fuel; statements; again if a condition holds).
void FunctionGenerator::loop(unsigned depth) {
    op(kBlock), op(kVoidBlock);
    labels_.push_back({{}, false});
    op(kLoop), op(kVoidBlock);
    labels_.push_back({{}, true});
    spend_or(kBrIf);
    statements(depth);
    if (random_.one_in(3)) {  // counts in a local, as compilers write it
        const std::uint32_t at = local_of(kI32);
        local(kGet, at), i32_constant(1 + random_.below(3)), op(kAdd32), local(kTee, at);
        i32_constant(random_.below(200)), op(random_.one_in(2) ? 0x48 : 0x49);
    } else {
        condition(depth);
    }
    if (random_.one_in(4)) {  // with the condition out of it
        op(kBrIf), code_.u32(1);
        op(0x0c), code_.u32(0);
    } else {
        op(kBrIf), code_.u32(0);
    }
    op(kEnd);
    labels_.pop_back();
    op(kEnd);
    labels_.pop_back();
}

/// br_if with whatever values the label takes; what it does not take is dropped again.
void FunctionGenerator::branch(unsigned depth) {
    const auto target = random_.below(static_cast<std::uint32_t>(labels_.size()));
    const Label label = labels_[labels_.size() - 1 - target];
    if (label.is_loop) return op(kNop);
    values(label.types, depth);
    condition(depth);
    op(kBrIf), code_.u32(target);
    for (std::size_t i = 0; i < label.types.size(); ++i) op(kDrop);
}

void FunctionGenerator::switch_over(unsigned depth) {
    const std::uint32_t cases = 1 + random_.below(5);
    for (std::uint32_t i = 0; i < cases; ++i) {
        op(kBlock), op(kVoidBlock);
        labels_.push_back({{}, false});
    }
    expression(kI32, depth);
    if (random_.one_in(2)) i32_constant(7), op(kAnd32);
    op(0x0e);
    const std::uint32_t entries = random_.below(8);
    code_.u32(entries);
    for (std::uint32_t i = 0; i <= entries; ++i) code_.u32(random_.below(cases));
    for (std::uint32_t i = 0; i < cases; ++i) {
        op(kEnd);
        labels_.pop_back();
        if (random_.one_in(2)) statement(depth);
    }
}

void FunctionGenerator::bulk_memory(unsigned depth) {
    const auto length = [&] { i32_constant(random_.below(random_.one_in(6) ? 5000 : 90)); };
    switch (random_.below(shape_.data_passive.empty() ? 3 : 5)) {
        case 0:
            address(depth), expression(kI32, depth), length();
            op_fc(11);
            return code_.u32(some_memory());
        case 1:
            address(depth), address(depth), length();
            op_fc(10), code_.u32(some_memory());
            return code_.u32(some_memory());
        case 2:
            if (random_.one_in(2) || !shape_.memory_grows) {
                op(0x3f);
            } else {
                i32_constant(random_.below(3)), op(0x40);
            }
            code_.u32(some_memory());
            return local(kSet, local_of(kI32));
        case 3: {
            address(depth);
            i32_constant(random_.below(3)), i32_constant(random_.below(3));
            op_fc(8), code_.u32(random_.below(static_cast<std::uint32_t>(shape_.data_passive.size())));
            return code_.u32(some_memory());
        }
        default:
            if (!random_.one_in(4)) return op(kNop);
            op_fc(9);
            return code_.u32(random_.below(static_cast<std::uint32_t>(shape_.data_passive.size())));
    }
}

void FunctionGenerator::tables(unsigned depth) {
    const auto count = static_cast<std::uint32_t>(shape_.table_sizes.size());
    const std::uint32_t table = random_.below(count);
    const auto index = [&](std::uint32_t more) { i32_constant(random_.below(shape_.table_sizes[table] + more)); };
    switch (random_.below(shape_.elements_passive.empty() ? 5 : 7)) {
        case 0:
            index(1), expression(kFuncref, depth);
            op(0x26);
            return code_.u32(table);
        case 1:
            op_fc(16), code_.u32(table);
            return local(kSet, local_of(kI32));
        case 2:
            reference(kFuncref, depth), i32_constant(random_.below(3));
            op_fc(15), code_.u32(table);
            return local(kSet, local_of(kI32));
        case 3:
            index(1), expression(kFuncref, depth), i32_constant(random_.below(4));
            op_fc(17);
            return code_.u32(table);
        case 4:
            i32_constant(random_.below(3)), i32_constant(random_.below(3)), i32_constant(random_.below(3));
            op_fc(14), code_.u32(random_.below(count));
            return code_.u32(random_.below(count));
        case 5:
            index(1), i32_constant(random_.below(3)), i32_constant(random_.below(3));
            op_fc(12), code_.u32(random_.below(static_cast<std::uint32_t>(shape_.elements_passive.size())));
            return code_.u32(table);
        default:
            if (!random_.one_in(4)) return op(kNop);
            op_fc(13);
            return code_.u32(random_.below(static_cast<std::uint32_t>(shape_.elements_passive.size())));
    }
}

void FunctionGenerator::call_any(unsigned depth) {
    const std::uint32_t function = random_.below(static_cast<std::uint32_t>(shape_.functions.size()));
    const std::uint32_t type = shape_.functions[function];
    if (!shape_.table_sizes.empty() && random_.one_in(3)) {
        call_indirect(type, depth);
    } else {
        call(function, depth);
    }
    for (std::size_t i = 0; i < shape_.types[type].results.size(); ++i) op(kDrop);
}

/// Under a condition: return, a tail call of a function with the same results, or unreachable.
void FunctionGenerator::leave(unsigned depth) {
    expression(kI32, depth);
    op(kIf), op(kVoidBlock);
    labels_.push_back({{}, false});
    const std::uint32_t function = random_.below(static_cast<std::uint32_t>(shape_.functions.size()));
    const std::uint32_t type = shape_.functions[function];
    const bool may_call = shape_.tail_calls && (shape_.tail_calls_anywhere || open_expressions_ == 0);
    if (may_call && shape_.types[type].results == signature_.results) {
        values(shape_.types[type].params, depth);
        if (!shape_.table_sizes.empty() && random_.one_in(3)) {
            expression(kI32, depth);
            op(0x13), code_.u32(type), code_.u32(random_.below(static_cast<std::uint32_t>(shape_.table_sizes.size())));
        } else {
            op(0x12), code_.u32(function);
        }
    } else if (random_.one_in(12)) {
        op(0x00);
    } else {
        values(signature_.results, depth);
        op(0x0f);
    }
    op(kEnd);
    labels_.pop_back();
}

}  // namespace wasmbed::wasm::test
