// Elements of arrays loaded and stored: addresses of shifts, products, sums and offsets around every bound.
#include <algorithm>

#include "tests/wasm/function_generator.hpp"

namespace wasmbed::wasm::test {

namespace {

struct Access {
    std::uint8_t opcode;
    std::uint8_t bytes;
    std::uint8_t type;
};
constexpr Access kLoads[] = {{0x28, 4, kI32}, {0x2c, 1, kI32}, {0x2d, 1, kI32}, {0x2e, 2, kI32}, {0x2f, 2, kI32},
                             {0x29, 8, kI64}, {0x30, 1, kI64}, {0x31, 1, kI64}, {0x32, 2, kI64}, {0x33, 2, kI64},
                             {0x34, 4, kI64}, {0x35, 4, kI64}, {0x2a, 4, kF32}, {0x2b, 8, kF64}};
constexpr Access kStores[] = {{0x36, 4, kI32}, {0x3a, 1, kI32}, {0x3b, 2, kI32}, {0x37, 8, kI64}, {0x3c, 1, kI64},
                              {0x3d, 2, kI64}, {0x3e, 4, kI64}, {0x38, 4, kF32}, {0x39, 8, kF64}};

}  // namespace

/// An address below memory's end that an access of so many bytes is interesting at; beyond it in a few functions.
std::uint32_t FunctionGenerator::target_address(std::uint32_t bytes) {
    const std::uint32_t end = shape_.memory_bytes - bytes;
    if (beyond_ && random_.one_in(5))
        return random_.one_in(2) ? end + 1 + (random_.one_in(2) ? 0 : random_.below(8)) : 0u - 1 - random_.below(8);
    switch (random_.below(8)) {
        case 4:
            return random_.below(60);
        case 0:
            return random_.one_in(2) ? end : end - random_.below(9);
        case 1:
            return random_.below(16);
        case 2:
            return 0x7ff0 + random_.below(32) < end ? 0x7ff0 + random_.below(32) : 0;
        case 3:
            return std::min(end, 0xfff0 + random_.below(32));
        default:
            return random_.below(2000);
    }
}

FunctionGenerator::Place FunctionGenerator::array_place(std::uint32_t bytes) {
    static constexpr std::uint32_t kOffsets[] = {1, 2, 4, 8, 0x7ffc, 0x7fff, 0x8000, 0xfffc, 0xffff, 0x10000, 0x10001};
    std::uint32_t target = target_address(bytes);
    std::uint32_t offset = 0;
    if (random_.one_in(3)) offset = random_.one_in(2) ? random_.pick(kOffsets) : random_.below(100);
    if (offset > target && !beyond_) offset = 0;
    if (beyond_ && random_.one_in(5)) {  // inside only if the sum with the offset wraps around
        offset = random_.one_in(2) ? 1 + random_.below(100) : random_.pick(kOffsets);
        target = random_.below(offset);
    }
    return {target - offset, offset};
}

/// Takes `address` apart, and sets the index.
FunctionGenerator::Element FunctionGenerator::array_element(std::uint32_t address, unsigned depth) {
    Element element;
    element.index = local_of(kI32), element.base = local_of(kI32);
    element.shift = random_.one_in(3) ? 0 : random_.below(4);
    element.factor = 1u << element.shift;
    if (random_.one_in(8)) element.factor = 3 + 9 * random_.below(2);
    const std::uint32_t factor = element.factor;
    std::uint32_t value = random_.one_in(3) ? address / factor : random_.below(64);
    element.constant = static_cast<std::uint32_t>(edge());
    const bool exact = (address - element.constant) % factor == 0 && (factor & (factor - 1)) == 0;
    if (exact && random_.one_in(2)) {
        value = (address - element.constant) / factor;
    } else {
        element.constant = address - value * factor;
    }
    i32_constant(value);
    if (random_.one_in(2)) expression(kI32, depth), i32_constant(0), op(kAnd32), op(kAdd32);
    local(kSet, element.index);
    return element;
}

/// index * factor
void FunctionGenerator::scaled_index(const Element& element) {
    local(kGet, element.index);
    if (element.factor == 1 && !random_.one_in(6)) return;
    if (element.factor != 1u << element.shift || random_.one_in(4)) return i32_constant(element.factor), op(kMul32);
    i32_constant(element.shift + (random_.one_in(16) ? 32 : 0)), op(kShl32);
}

/// index * factor + constant
void FunctionGenerator::element_address(const Element& element) {
    const auto [index, base, shift, factor, constant] = element;
    switch (random_.below(7)) {
        case 0:
            return i32_constant(constant), scaled_index(element), op(kAdd32);
        case 1:
            return scaled_index(element), i32_constant(0u - constant), op(kSub32);
        case 2:  // the constant in a local
            if (base == index) break;
            i32_constant(constant), local(kSet, base);
            if (random_.one_in(2)) {
                local(kGet, base), scaled_index(element);
            } else {
                scaled_index(element), local(kGet, base);
            }
            return op(kAdd32);
        case 3:  // in two steps
            scaled_index(element), i32_constant(constant - 8), op(kAdd32);
            if (random_.one_in(2)) local(kTee, local_of(kI32));
            return i32_constant(8), op(kAdd32);
        case 4:  // of a result that is in no local
            scaled_index(element), local(kGet, base), local(kGet, base), op(0x73), op(kAdd32);
            return i32_constant(constant), op(kAdd32);
        default:
            break;
    }
    scaled_index(element), i32_constant(constant), op(kAdd32);
}

/// Leaves an address that, with the memory operand's offset that it returns, is the target: as shifts, products and
/// sums of a local and constants, which may wrap around. Only the sum with the offset does not.
std::uint32_t FunctionGenerator::array_address(std::uint32_t bytes, unsigned depth) {
    const Place place = array_place(bytes);
    const Element element = array_element(place.address, depth);
    if (random_.one_in(beyond_ ? 4 : 12)) return i32_constant(place.address), place.offset;
    if (random_.one_in(8)) {
        i32_constant(place.address), local(kSet, element.index), local(kGet, element.index);
        return place.offset;
    }
    element_address(element);
    if (random_.one_in(5)) local(kTee, random_.one_in(2) ? element.index : element.base);
    if (random_.one_in(6)) local(kGet, element.index), i32_constant(1), op(kAdd32), local(kSet, element.index);
    return place.offset;
}

void FunctionGenerator::array_operand(std::uint32_t offset) {
    memory_argument(code_, some_memory());
    code_.u32(offset);
}

void FunctionGenerator::array_load(std::uint8_t type, unsigned depth) {
    Access how = random_.pick(kLoads);
    while (how.type != type) how = random_.pick(kLoads);
    const std::uint32_t offset = array_address(how.bytes, depth);
    op(how.opcode);
    array_operand(offset);
    if (!is_integer(type)) canonical_nan(type);
}

void FunctionGenerator::array_store(unsigned depth) {
    const Access how = random_.pick(kStores);
    const std::uint32_t offset = array_address(how.bytes, depth);
    if (is_integer(how.type) && depth < kDepth && random_.one_in(3)) {
        how.type == kI32 ? narrow(depth + 1) : wide(depth + 1);
    } else {
        operand(how.type, depth);
    }
    op(how.opcode);
    array_operand(offset);
}

}  // namespace wasmbed::wasm::test
