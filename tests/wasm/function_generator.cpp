#include "tests/wasm/function_generator.hpp"

#include <algorithm>

namespace wasmbed::wasm::test {

namespace {

/// First of the ten (integers) or six (floats) comparisons of a type.
std::uint8_t comparisons_of(std::uint8_t type) {
    return type == kI32 ? 0x46 : type == kI64 ? 0x51 : type == kF32 ? 0x5b : 0x61;
}

}  // namespace

FunctionGenerator::FunctionGenerator(const ModuleShape& shape, Random& random, std::uint32_t type)
    : shape_(shape), random_(random), signature_(shape.types[type]) {
    locals_ = signature_.params;
    for (const std::uint8_t type_code : {kI32, kI64, kF32, kF64, kFuncref, kExternref}) locals_.push_back(type_code);
    for (std::uint32_t i = random_.below(6); i > 0; --i) locals_.push_back(random_.pick(kNumbers));
    if (random_.one_in(24)) locals_.insert(locals_.end(), 150 + random_.below(60), kI64);  // slots above 255
    labels_.push_back({signature_.results, false});
    size_left_ = 20 + random_.below(120);
    beyond_ = shape_.probes || random_.one_in(8);
}

BinaryWriter FunctionGenerator::body() {
    spend_or(0);
    if (shape_.probes) {
        probe();
    } else {
        statements(0);
        values(signature_.results, 1);
    }
    op(kEnd);
    BinaryWriter result;
    result.u32(static_cast<std::uint32_t>(locals_.size() - signature_.params.size()) + 1);
    for (std::size_t i = signature_.params.size(); i < locals_.size(); ++i) result.raw({1, locals_[i]});
    result.raw({2 * kCounters, kI32});
    result.raw(code_.bytes());
    return result;
}

/// Takes a unit of the module's own fuel. Without any left: with 0 leaves the function with results of 0, else branches
/// (kBrIf) one block out.
void FunctionGenerator::spend_or(std::uint8_t branch_opcode) {
    op(0x23), code_.u32(shape_.fuel_global), op(kEqz32);
    if (branch_opcode != 0) {
        op(branch_opcode), code_.u32(1);
    } else {
        op(kIf), op(kVoidBlock);
        for (const std::uint8_t type : signature_.results) {
            if (is_reference(type)) {
                op(0xd0), op(type);
            } else {
                constant(type);
            }
        }
        op(0x0f), op(kEnd);
    }
    op(0x23), code_.u32(shape_.fuel_global), i32_constant(1), op(kSub32), op(0x24), code_.u32(shape_.fuel_global);
}

void FunctionGenerator::op_fc(std::uint32_t opcode) {
    op(0xfc);
    code_.u32(opcode);
}

void FunctionGenerator::local(std::uint8_t opcode, std::uint32_t index) {
    op(opcode);
    code_.u32(index);
}

std::uint32_t FunctionGenerator::local_of(std::uint8_t type) {
    const auto count = static_cast<std::uint32_t>(locals_.size());
    std::uint32_t index = random_.below(count);
    while (locals_[index] != type) index = (index + 1) % count;
    return index;
}

void FunctionGenerator::values(const std::vector<std::uint8_t>& types, unsigned depth) {
    for (const std::uint8_t type : types) expression(type, depth);
}

// Expressions: each leaves one value of the type asked for.

void FunctionGenerator::expression(std::uint8_t type, unsigned depth) {
    if (depth >= kDepth || size_left_ == 0 || random_.one_in(5)) return leaf(type);
    --size_left_;
    ++open_expressions_;
    operation(type, depth);
    --open_expressions_;
}

void FunctionGenerator::operation(std::uint8_t type, unsigned depth) {
    if (!is_reference(type) && random_.one_in(3)) return pattern(type, depth + 1);
    switch (random_.below(16)) {
        case 0:
            return choice(type, depth + 1);
        case 1:
            return structured(type, depth + 1);
        case 2:
            return call_for(type, depth + 1);
        case 3:
            return several(type, depth + 1);
        case 4:
            expression(type, depth + 1);
            return local(kTee, local_of(type));
        case 5:
        case 6:
            if (has_memory() && !is_reference(type)) return load(type, depth + 1);
            return leaf(type);
        default:
            if (is_reference(type)) return reference(type, depth + 1);
            return is_integer(type) ? integer(type, depth + 1) : floating(type, depth + 1);
    }
}

void FunctionGenerator::leaf(std::uint8_t type) {
    if (is_reference(type)) return reference(type, kDepth);
    if (random_.one_in(3)) return constant(type);
    if (random_.one_in(4)) {
        const std::uint32_t start = random_.below(static_cast<std::uint32_t>(shape_.globals.size()));
        for (std::uint32_t i = 0; i < shape_.globals.size(); ++i) {
            const std::uint32_t index = (start + i) % static_cast<std::uint32_t>(shape_.globals.size());
            if (shape_.globals[index].type != type || index == shape_.fuel_global) continue;
            op(0x23);
            return code_.u32(index);
        }
    }
    local(kGet, local_of(type));
}

void FunctionGenerator::constant(std::uint8_t type) {
    static constexpr std::int64_t kIntegers[] = {0,          1,        -1,    2,      7,          31,
                                                 32,         63,       64,    255,    256,        -128,
                                                 32767,      32768,    65535, -32769, 0x7fffffff, -0x7fffffff - 1LL,
                                                 0x12345678, 1LL << 62};
    static constexpr std::uint32_t kFloats[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
                                                0x7fc00000, 0x00000001, 0x4f000000, 0xcf000000, 0x3f000000, 0x40490fdb};
    static constexpr std::uint64_t kDoubles[] = {0,
                                                 0x8000000000000000,
                                                 0x3ff0000000000000,
                                                 0x7ff0000000000000,
                                                 0xfff0000000000000,
                                                 0x7ff8000000000000,
                                                 0x0000000000000001,
                                                 0x41e0000000000000,
                                                 0x43e0000000000000,
                                                 0x3fe0000000000000,
                                                 0xc1e0000000200000,
                                                 0x400921fb54442d18};
    const bool usual = !random_.one_in(4);
    const std::int64_t integer = usual ? random_.pick(kIntegers) : static_cast<std::int64_t>(random_.next());
    switch (type) {
        case kI32:
            op(kConst32);
            return code_.s64(static_cast<std::int32_t>(integer));
        case kI64:
            op(kConst64);
            return code_.s64(integer);
        case kF32:
            op(0x43);
            return code_.fixed(usual ? random_.pick(kFloats) : random_.next() & 0xbfffffff, 4);
        default:
            op(0x44);
            return code_.fixed(usual ? random_.pick(kDoubles) : random_.next() & 0xbfffffffffffffff, 8);
    }
}

void FunctionGenerator::integer(std::uint8_t type, unsigned depth) {
    const bool wide = type == kI64;
    const std::uint32_t kind = random_.below(10);
    if (kind == 0) return convert(type, depth);
    if (kind <= 2 && !wide) return compare(depth);
    if (kind == 3) {  // clz, ctz, popcnt, sign extensions
        static constexpr std::uint8_t kUnary32[] = {0x67, 0x68, 0x69, 0xc0, 0xc1};
        static constexpr std::uint8_t kUnary64[] = {0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4};
        expression(type, depth);
        return op(wide ? random_.pick(kUnary64) : random_.pick(kUnary32));
    }
    const std::uint32_t which = random_.below(15);
    const bool divides = which >= 3 && which <= 6;
    expression(type, depth);
    expression(type, depth);
    if (divides && !random_.one_in(8)) {  // else nearly every run would end in a division by zero
        op(wide ? 0x42 : 0x41), code_.s64(1), op(wide ? 0x84 : 0x72);
    }
    op(static_cast<std::uint8_t>((wide ? 0x7c : 0x6a) + which));
}

void FunctionGenerator::compare(unsigned depth) {
    if (random_.one_in(4)) {
        const bool wide = random_.one_in(2);
        expression(wide ? kI64 : kI32, depth);
        return op(wide ? 0x50 : 0x45);
    }
    const std::uint8_t type = random_.pick(kNumbers);
    expression(type, depth);
    expression(type, depth);
    op(static_cast<std::uint8_t>(comparisons_of(type) + random_.below(is_integer(type) ? 10 : 6)));
}

void FunctionGenerator::floating(std::uint8_t type, unsigned depth) {
    const bool wide = type == kF64;
    const std::uint32_t kind = random_.below(8);
    if (kind <= 1) return convert(type, depth);
    expression(type, depth);
    if (kind == 2) {
        const std::uint32_t which = random_.below(7);  // abs, neg, then those that may make NaNs
        op(static_cast<std::uint8_t>((wide ? 0x99 : 0x8b) + which));
        if (which >= 2) canonical_nan(type);
        return;
    }
    expression(type, depth);
    const std::uint32_t which = random_.below(7);
    op(static_cast<std::uint8_t>((wide ? 0xa0 : 0x92) + which));
    if (which != 6) canonical_nan(type);  // copysign is exact
}

/// Replaces any NaN on top by the canonical one.
void FunctionGenerator::canonical_nan(std::uint8_t type) {
    const std::uint32_t at = local_of(type);
    local(kTee, at);
    if (type == kF32) {
        op(0x43), code_.fixed(0x7fc00000, 4);
    } else {
        op(0x44), code_.fixed(0x7ff8000000000000, 8);
    }
    local(kGet, at), local(kGet, at), op(type == kF32 ? 0x5b : 0x61);
    op(0x1b);
    local(kTee, at);
}

void FunctionGenerator::convert(std::uint8_t type, unsigned depth) {
    struct Conversion {
        std::uint16_t opcode;  ///< 0xfc00 and more: behind the prefix
        std::uint8_t from;
    };
    static constexpr Conversion kToI32[] = {{0xa7, kI64},   {0xa8, kF32},   {0xa9, kF32},     {0xaa, kF64},
                                            {0xab, kF64},   {0xbc, kF32},   {0xfc00, kF32},   {0xfc01, kF32},
                                            {0xfc02, kF64}, {0xfc03, kF64}, {0xd1, kFuncref}, {0xd1, kExternref}};
    static constexpr Conversion kToI64[] = {{0xac, kI32},   {0xad, kI32},   {0xae, kF32},  {0xaf, kF32},
                                            {0xb0, kF64},   {0xb1, kF64},   {0xbd, kF64},  {0xfc04, kF32},
                                            {0xfc05, kF32}, {0xfc06, kF64}, {0xfc07, kF64}};
    static constexpr Conversion kToF32[] = {{0xb2, kI32}, {0xb3, kI32}, {0xb4, kI64},
                                            {0xb5, kI64}, {0xb6, kF64}, {0xbe, kI32}};
    static constexpr Conversion kToF64[] = {{0xb7, kI32}, {0xb8, kI32}, {0xb9, kI64},
                                            {0xba, kI64}, {0xbb, kF32}, {0xbf, kI64}};
    const Conversion how = type == kI32   ? random_.pick(kToI32)
                           : type == kI64 ? random_.pick(kToI64)
                           : type == kF32 ? random_.pick(kToF32)
                                          : random_.pick(kToF64);
    const bool traps = (how.opcode >= 0xa8 && how.opcode <= 0xab) || (how.opcode >= 0xae && how.opcode <= 0xb1);
    if (traps && !random_.one_in(6)) return leaf(type);
    expression(how.from, depth);
    if (how.opcode >= 0xfc00) {
        op_fc(how.opcode & 0xff);
    } else {
        op(static_cast<std::uint8_t>(how.opcode));
    }
    if (how.opcode == 0xb6 || how.opcode == 0xbb) canonical_nan(type);
}

void FunctionGenerator::reference(std::uint8_t type, unsigned depth) {
    if (type == kFuncref && random_.one_in(2)) {
        op(0xd2);
        return code_.u32(random_.below(static_cast<std::uint32_t>(shape_.functions.size())));
    }
    if (type == kFuncref && depth < kDepth && !shape_.table_sizes.empty()) {
        const std::uint32_t table = random_.below(static_cast<std::uint32_t>(shape_.table_sizes.size()));
        i32_constant(random_.below(shape_.table_sizes[table] + 1));
        op(0x25);
        return code_.u32(table);
    }
    if (random_.one_in(2)) return local(kGet, local_of(type));
    op(0xd0), op(type);
}

/// Alignment (1 byte, which every access may claim), memory and offset of a load or store.
void FunctionGenerator::memory_operand() {
    memory_argument(code_, some_memory());
    code_.u32(random_.one_in(90)   ? static_cast<std::uint32_t>(random_.next())
              : random_.one_in(60) ? random_.below(70000)
                                   : random_.below(300));
}

/// An address, mostly in bounds.
void FunctionGenerator::address(unsigned depth) {
    expression(kI32, depth);
    if (random_.one_in(90)) return;
    i32_constant(shape_.memory_mask), op(kAnd32);
}

void FunctionGenerator::load(std::uint8_t type, unsigned depth) {
    static constexpr std::uint8_t kLoads32[] = {0x28, 0x2c, 0x2d, 0x2e, 0x2f};
    static constexpr std::uint8_t kLoads64[] = {0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35};
    address(depth);
    op(type == kI32 ? random_.pick(kLoads32) : type == kI64 ? random_.pick(kLoads64) : type == kF32 ? 0x2a : 0x2b);
    memory_operand();
    if (type == kF32 || type == kF64) canonical_nan(type);
}

/// select, or if with a result.
void FunctionGenerator::choice(std::uint8_t type, unsigned depth) {
    if (random_.one_in(2)) {
        expression(type, depth);
        expression(type, depth);
        condition(depth);
        if (is_reference(type) || random_.one_in(2)) return code_.raw({0x1c, 1, type});
        return op(0x1b);
    }
    condition(depth);
    op(kIf), op(type);
    labels_.push_back({{type}, false});
    if (random_.one_in(2)) statement(depth);
    expression(type, depth);
    op(kElse);
    expression(type, depth);
    op(kEnd);
    labels_.pop_back();
}

/// A block whose value may also come by a branch.
void FunctionGenerator::structured(std::uint8_t type, unsigned depth) {
    op(kBlock), op(type);
    labels_.push_back({{type}, false});
    if (random_.one_in(2)) statement(depth);
    expression(type, depth);
    if (random_.one_in(2)) {
        condition(depth);
        op(kBrIf), code_.u32(0);
    } else if (random_.one_in(3)) {
        op(0x0c), code_.u32(0);
    }
    op(kEnd);
    labels_.pop_back();
}

/// A block over several values, or a call that gives several, of which one of the type is kept.
void FunctionGenerator::several(std::uint8_t type, unsigned depth) {
    const std::uint32_t count = static_cast<std::uint32_t>(shape_.types.size());
    const std::uint32_t index = random_.below(count);
    const ModuleShape::Signature& signature = shape_.types[index];
    if (std::ranges::find(signature.results, type) == signature.results.end()) return leaf(type);
    values(signature.params, depth);
    op(kBlock), code_.s64(index);
    labels_.push_back({signature.results, false});
    for (std::size_t i = signature.params.size(); i > 0; --i) {
        const std::uint8_t parameter = signature.params[i - 1];
        if (is_reference(parameter) || random_.one_in(2)) {
            local(kSet, local_of(parameter));
        } else {
            op(kDrop);
        }
    }
    if (random_.one_in(2)) statement(depth);
    const bool moved = random_.one_in(3);  // another operand lies below them when they go to the label
    if (moved) leaf(random_.pick(kNumbers));
    values(signature.results, depth);
    if (moved || random_.one_in(3)) {
        condition(depth);
        op(kBrIf), code_.u32(0);
    }
    if (moved) op(0x0c), code_.u32(0);
    op(kEnd);
    labels_.pop_back();
    drop_all_but(signature.results, type);
}

/// Of values on the stack, keeps one that has the type.
void FunctionGenerator::drop_all_but(const std::vector<std::uint8_t>& types, std::uint8_t wanted) {
    const std::uint32_t kept = local_of(wanted);
    bool found = false;
    for (std::size_t i = types.size(); i > 0; --i) {
        if (!found && types[i - 1] == wanted) {
            local(kSet, kept);
            found = true;
        } else {
            op(kDrop);
        }
    }
    local(kGet, kept);
}

void FunctionGenerator::call(std::uint32_t function, unsigned depth) {
    values(shape_.types[shape_.functions[function]].params, depth);
    op(0x10);
    code_.u32(function);
}

void FunctionGenerator::call_indirect(std::uint32_t type, unsigned depth) {
    const std::uint32_t table = random_.below(static_cast<std::uint32_t>(shape_.table_sizes.size()));
    values(shape_.types[type].params, depth);
    expression(kI32, depth);
    if (!random_.one_in(16)) i32_constant(shape_.table_sizes[table] | 1), op(0x70);  // rem_u
    op(0x11), code_.u32(type), code_.u32(table);
}

void FunctionGenerator::call_for(std::uint8_t type, unsigned depth) {
    const std::uint32_t function = random_.below(static_cast<std::uint32_t>(shape_.functions.size()));
    const std::uint32_t signature = shape_.functions[function];
    const std::vector<std::uint8_t>& results = shape_.types[signature].results;
    if (std::ranges::find(results, type) == results.end()) return leaf(type);
    if (!shape_.table_sizes.empty() && random_.one_in(3)) {
        call_indirect(signature, depth);
    } else {
        call(function, depth);
    }
    drop_all_but(results, type);
}

}  // namespace wasmbed::wasm::test
