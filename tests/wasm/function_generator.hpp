// Random function bodies: well-typed by construction, and sure to end.
#pragma once

#include <cstdint>
#include <vector>

#include "core/wasm/test_binary_writer.hpp"
#include "tests/wasm/module_generator.hpp"
#include "tests/wasm/random.hpp"

namespace wasmbed::wasm::test {

inline constexpr std::uint8_t kI32 = 0x7f, kI64 = 0x7e, kF32 = 0x7d, kF64 = 0x7c, kFuncref = 0x70, kExternref = 0x6f;
inline constexpr std::uint8_t kNumbers[] = {kI32, kI64, kF32, kF64};

inline bool is_integer(std::uint8_t type) {
    return type == kI32 || type == kI64;
}

/// Opcodes that are written again and again.
inline constexpr std::uint8_t kNop = 0x01, kBlock = 0x02, kLoop = 0x03, kIf = 0x04, kElse = 0x05, kEnd = 0x0b,
                              kBrIf = 0x0d, kDrop = 0x1a, kGet = 0x20, kSet = 0x21, kTee = 0x22, kConst32 = 0x41,
                              kConst64 = 0x42, kEqz32 = 0x45, kAdd32 = 0x6a, kSub32 = 0x6b, kMul32 = 0x6c,
                              kAnd32 = 0x71, kShl32 = 0x74;
inline constexpr std::uint8_t kVoidBlock = 0x40;  ///< type of a block without values

/// Alignment of a load or store, 1 byte, and the memory it is of; the offset follows.
inline void memory_argument(BinaryWriter& code, std::uint32_t memory) {
    constexpr std::uint32_t kHasIndex = 0x40;
    code.u32(memory == 0 ? 0 : kHasIndex);
    if (memory != 0) code.u32(memory);
}

class FunctionGenerator {
  public:
    FunctionGenerator(const ModuleShape& shape, Random& random, std::uint32_t type);

    /// Locals and code, as the code section has them without the length.
    BinaryWriter body();

  private:
    struct Label {
        std::vector<std::uint8_t> types;  ///< what a branch to it carries
        bool is_loop;                     ///< branches back: only behind a look at the fuel
    };
    static constexpr unsigned kDepth = 5;
    /// Loops inside one another that count in locals nothing else writes: two each, behind all others.
    static constexpr unsigned kCounters = 2;

    // function_generator.cpp
    void expression(std::uint8_t type, unsigned depth);
    void operation(std::uint8_t type, unsigned depth);
    void leaf(std::uint8_t type);
    void constant(std::uint8_t type);
    void integer(std::uint8_t type, unsigned depth);
    void floating(std::uint8_t type, unsigned depth);
    void reference(std::uint8_t type, unsigned depth);
    void convert(std::uint8_t type, unsigned depth);
    void compare(unsigned depth);
    void load(std::uint8_t type, unsigned depth);
    void choice(std::uint8_t type, unsigned depth);
    void structured(std::uint8_t type, unsigned depth);
    void several(std::uint8_t type, unsigned depth);
    void call_for(std::uint8_t type, unsigned depth);
    void canonical_nan(std::uint8_t type);

    // function_patterns.cpp
    void pattern(std::uint8_t type, unsigned depth);
    void pattern_statement(unsigned depth);
    void i32_constant(std::int64_t value);
    std::int64_t edge();
    void edge_constant(std::uint8_t type);
    void operand(std::uint8_t type, unsigned depth);
    void condition(unsigned depth);
    void choose_by_condition(std::uint8_t type, unsigned depth);
    void switch_with_value(std::uint8_t type, unsigned depth);
    void outlive_change(std::uint8_t type, unsigned depth);
    void narrow(unsigned depth);
    void wide(unsigned depth);
    void probe();
    void wait_beside(std::uint8_t type, unsigned depth);
    void many_operands(unsigned depth);
    void join(unsigned depth);
    void count(std::uint32_t counter, std::int32_t step, std::int32_t limit);
    void counting_loop(std::uint8_t type, unsigned depth);

    // function_arrays.cpp
    /// What an access adds up: an address on the stack and the memory operand's offset.
    struct Place {
        std::uint32_t address;
        std::uint32_t offset;
    };
    /// An address as index * factor + constant; of the locals `index` and `base`, the second may hold the constant.
    struct Element {
        std::uint32_t index;
        std::uint32_t base;
        std::uint32_t shift;  ///< 1 << shift is the factor, or the factor is no power of two
        std::uint32_t factor;
        std::uint32_t constant;
    };
    std::uint32_t target_address(std::uint32_t bytes);
    Place array_place(std::uint32_t bytes);
    Element array_element(std::uint32_t address, unsigned depth);
    void scaled_index(const Element& element);
    void element_address(const Element& element);
    std::uint32_t array_address(std::uint32_t bytes, unsigned depth);
    void array_operand(std::uint32_t offset);
    void array_load(std::uint8_t type, unsigned depth);
    void array_store(unsigned depth);

    // function_statements.cpp
    void statements(unsigned depth);
    void statement(unsigned depth);
    void store(unsigned depth);
    void loop(unsigned depth);
    void branch(unsigned depth);
    void switch_over(unsigned depth);
    void bulk_memory(unsigned depth);
    void tables(unsigned depth);
    void call_any(unsigned depth);
    void leave(unsigned depth);

    // function_generator.cpp
    void call(std::uint32_t function, unsigned depth);
    void call_indirect(std::uint32_t type, unsigned depth);
    void drop_all_but(const std::vector<std::uint8_t>& types, std::uint8_t wanted);
    void address(unsigned depth);
    void memory_operand();
    /// Of the first memory, or of any if there are several.
    std::uint32_t some_memory() { return shape_.memories == 1 ? 0 : random_.below(shape_.memories); }
    void local(std::uint8_t opcode, std::uint32_t index);
    std::uint32_t local_of(std::uint8_t type);
    void values(const std::vector<std::uint8_t>& types, unsigned depth);
    void op(std::uint8_t opcode) { code_.byte(opcode); }
    void op_fc(std::uint32_t opcode);
    void spend_or(std::uint8_t branch_opcode);
    std::uint32_t first_counter() const { return static_cast<std::uint32_t>(locals_.size()); }
    bool has_memory() const { return shape_.memory_mask != 0; }

    const ModuleShape& shape_;
    Random& random_;
    const ModuleShape::Signature& signature_;
    std::vector<std::uint8_t> locals_;
    std::vector<Label> labels_;
    BinaryWriter code_;
    unsigned size_left_ = 0;         ///< statements and operators that may still come
    unsigned open_expressions_ = 0;  ///< whose operands may lie on the stack
    unsigned counters_used_ = 0;
    bool beyond_ = false;  ///< some of the array accesses are out of bounds
};

}  // namespace wasmbed::wasm::test
