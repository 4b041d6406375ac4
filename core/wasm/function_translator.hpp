// Validation and translation of one function body, in one walk (sections 3.3, 3.4.1 and appendix A.3).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/wasm/emitter.hpp"
#include "core/wasm/load_context.hpp"
#include "core/wasm/opcode_table.hpp"

namespace wasmbed::wasm {

inline constexpr std::uint8_t kUnknownType = 0;  ///< of an operand in unreachable code

/// An operand: its type, and where its value is. A home is the frame slot that belongs to its place on the operand
/// stack.
struct Entry {
    enum class Kind : std::uint8_t {
        kHome,         ///< in its home, which `slot` names too
        kLocal,        ///< in the local at `slot`, not copied yet
        kConst,        ///< the constant `value` (64-bit types: sign-extended)
        kAdd,          ///< local at `slot` plus `add`, not computed yet
        kAccumulator,  ///< in the accumulator only; at most one entry
    };
    Kind kind;
    std::uint8_t type;
    std::uint16_t home;
    union {
        std::int32_t value;
        struct {
            std::uint16_t slot;
            std::int16_t add;
        };
    };
};
static_assert(sizeof(Entry) == 8);

/// A block being translated.
struct Control {
    enum class Kind : std::uint8_t { kFunction, kBlock, kLoop, kIf, kElse };
    Kind kind;
    bool unreachable;  ///< the operand stack is polymorphic
    bool entry_live;   ///< code was being emitted when the block began
    std::uint32_t block_type;
    Entry* base;                ///< the first operand above those of the enclosing blocks
    std::uint32_t home;         ///< slot of the first operand above them
    std::uint32_t loop_at;      ///< code position of the loop's head
    std::uint32_t fixups;       ///< branches to the end
    std::uint32_t else_fixups;  ///< the branch of `if` past its first arm
    std::uint32_t table;        ///< number of the br_table for which `stub_at` is
    std::uint32_t stub_at;
};

class FunctionTranslator {
  public:
    FunctionTranslator(LoadContext& load, std::uint32_t function)
        : load_(load), r_(load.reader), emit_(load), function_(function) {}

    /// Translates the body in the reader's range; on failure the reader has the error.
    void run();

  private:
    using Kind = Entry::Kind;
    /// Instructions by their numbers behind 0xfc, less 8, and those of one byte behind them.
    enum class Bulk : std::uint8_t { kTableGet = 10, kTableSet, kMemorySize, kMemoryGrow };
    struct BlockTypes {
        Bytes params;
        Bytes results;
    };

    // function_translator.cpp: the body and its instructions
    bool attempt(bool wide);
    bool read_locals(bool wide);
    void instruction(std::uint8_t opcode);
    void watch();
    std::uint32_t read_local(std::uint8_t& type);
    void local_get();
    void local_set(bool keep);
    void set_local(std::uint32_t x, std::uint32_t slots);
    void global_get();
    void global_set();
    void select(bool typed);
    void select_constant(std::int32_t left, std::int32_t right, std::uint8_t type);
    void constant(std::uint8_t type, std::int64_t value);

    // translate_memory.cpp
    struct MemoryArgument {
        std::uint32_t offset;
        std::uint32_t memory;
    };
    bool read_memarg(unsigned natural, MemoryArgument& argument);
    void use_memory(std::uint32_t memory);
    void add_far_offset(Entry& e, std::uint32_t& offset);
    void load_instruction(std::uint8_t opcode);
    void load(Op op, std::uint8_t type, std::uint32_t offset);
    void store_instruction(std::uint8_t opcode);
    void store(Op op, std::uint32_t offset);
    std::uint32_t memory_index();
    void bulk(Bulk which);
    void emit_result(Op op, const Operands& operands, std::uint8_t type);
    void references(std::uint8_t opcode);
    void prefixed();
    void check_segment(bool data, std::uint32_t segment, std::uint32_t at);

    // translate_numeric.cpp
    void numeric(unsigned index);
    bool sides(Entry*& x, Entry*& y, bool may_exchange);
    unsigned choose_form(Entry* x, Entry* y, bool has_reverse, Operands& operands);
    unsigned choose_few(Entry* x, Entry* y, Operands& operands);
    void commutative(Op family);
    bool take_in_shift(unsigned form, Operands& operands);
    void shift(Op family);
    static Op with_constant(Op op, std::int32_t& value);
    void sub();
    void add();
    void rotate(bool right);
    void compare(Op family);
    void compare_with_zero(Op family);
    /// An i32 comparison: the first six conditions have all four forms, the others only AS; c ^ 1 is the negation of c.
    enum Condition : unsigned { kEq, kNe, kLtS, kGeS, kLtU, kGeU, kGtS, kLeS, kGtU, kLeU };
    static constexpr unsigned kFullConditions = 6;
    struct Comparison {
        unsigned condition;
        unsigned form;  ///< distance from the condition's first
        Operands operands;
    };
    static unsigned condition_of(Op op);
    static Op family_of(unsigned condition);
    static unsigned swapped(unsigned condition);
    bool take_last_compare(Comparison& found);
    bool negate_last_compare();

    // translate_control.cpp
    void block(Control::Kind kind);
    void else_();
    void end();
    void br(std::uint32_t depth);
    void br_if();
    void br_table();
    void link_table_entry(std::uint32_t entry);
    void return_();
    void call(bool tail);
    void call_indirect(bool tail);
    void emit_call(Op op, const FuncType& type, Operands& operands, unsigned half);
    void leave_by_call(const FuncType& type, bool returns);
    void set_unreachable();
    std::uint32_t read_block_type();
    std::uint32_t read_label();
    BlockTypes types_of(std::uint32_t block_type) const;
    BlockTypes types_of(const Control& control) const;
    Bytes label_types(const Control& control) const;
    void branch_on(bool condition, std::uint32_t& fixups, Control* loop);
    void jump_to(Control& target);
    void move_to_label(const Control& target, Bytes types);
    bool needs_move(const Control& target, Bytes types) const;
    void emit_return();
    void push_results(Bytes types);

    // translate_values.cpp: operands
    bool room(std::uint32_t count = 1);
    Control* push_control();
    /// A new operand on top; one that counts for nothing if there is no room for it, which ends the translation.
    Entry& push(std::uint8_t type, Kind kind = Kind::kHome);
    Entry& push_constant(std::int32_t value);
    void settle();
    bool check(Bytes types, std::uint32_t under = 0);
    bool make_up(std::uint32_t count);
    bool retype(Bytes types, std::uint32_t under = 0);
    bool check_results(Bytes types);
    bool check_one(std::uint32_t below, std::uint8_t type);
    bool check_i32(std::uint32_t below = 0) { return check_one(below, kI32); }
    void drop(std::uint32_t count);
    void drop_to(Entry* end);
    Entry& top(std::uint32_t below = 0) { return end_[-1 - static_cast<std::int32_t>(below)]; }
    /// Operands of the innermost block.
    std::uint32_t operands() const { return static_cast<std::uint32_t>(end_ - control_->base); }
    /// Slot of the operand pushed next: `end_[-1]` is there even if the stack is empty.
    std::uint32_t next_home() const { return end_[-1].home + slots_of(end_[-1].type); }
    /// For what is wrong with the instruction as a whole.
    void refuse(Rule rule, std::uint32_t index = LoadError::kNoIndex) { r_.fail(rule, instruction_at_, index); }
    void mismatch() { refuse(Rule::kTypeMismatch); }

    bool in_accumulator(const Entry& e) const;
    /// `local + constant`, not computed yet. No operand is where `add` makes none, so that code for it is left out
    /// there.
    static bool is_sum(const Entry& e) { return kAllForms && e.kind == Kind::kAdd; }
    bool only_operand(Entry& e, Operands& operands);
    void spill_accumulator();
    void store_constant(std::uint32_t slot, const Entry& e);
    void to_home(Entry& e);
    void to_slot(Entry& e);
    void to_accumulator(Entry& e);
    void compute_add(Entry& e);
    void flush(Entry* constants_from);
    void flush_top(std::uint32_t count);
    void keep_copies_of(std::uint32_t slot, std::uint32_t below);
    [[gnu::noinline]] void wrote(std::uint32_t slot, std::uint32_t slots);
    void clobber_accumulator() {
        spill_accumulator();
        accumulator_slot_ = kNoSlot;
    }
    void result_in_accumulator(std::uint8_t type);
    void move(std::uint32_t to, std::uint32_t from, std::uint32_t slots);
    void extend_frame(std::uint32_t slots);

    static constexpr std::uint32_t kNoSlot = 0xffffffff;
    static constexpr auto kI32 = static_cast<std::uint8_t>(ValType::kI32);
    /// Entries older than this many are put into their homes, which bounds the search for copies of a local.
    static constexpr std::ptrdiff_t kLazyEntries = 24;

    LoadContext& load_;
    Reader& r_;
    // Operands grow upwards and blocks downwards in the rest of scratch.
    Entry* end_ = nullptr;        ///< behind the topmost operand; below the lowest lies one that stands for the locals
    Control* control_ = nullptr;  ///< the innermost block; those around it follow
    Control* controls_end_ = nullptr;

    Emitter emit_;
    std::uint32_t function_;
    FuncType type_;
    std::uint32_t instruction_at_ = 0;

    std::uint16_t* locals_ = nullptr;  ///< ValType code in the low 3 bits (read_local), slot above
    std::uint32_t local_count_ = 0;
    std::uint32_t param_slots_ = 0;
    std::uint32_t first_home_ = 0;
    std::uint32_t frame_slots_ = 0;

    Entry spare_{};
    Entry* accumulator_entry_ = nullptr;
    std::uint32_t accumulator_slot_ = kNoSlot;         ///< a slot whose 32 bits the accumulator equals
    std::uint32_t accumulator_slot_before_ = kNoSlot;  ///< the same in front of the last comparison
    Entry* settled_ = nullptr;                         ///< entries below are in their homes or constants
    std::uint32_t tables_ = 0;                         ///< br_tables so far
};

}  // namespace wasmbed::wasm
