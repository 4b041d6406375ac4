// Memory, table and reference instructions (sections 3.3.5 to 3.3.7).
#include "core/wasm/function_translator.hpp"
#include "core/wasm/other_memory.hpp"

namespace wasmbed::wasm {

namespace {

constexpr std::uint32_t kMaxOffset16 = 0xffff;

std::uint16_t half(std::uint32_t value) {
    return static_cast<std::uint16_t>(value);
}
bool fits16(std::int32_t value) {
    return value >= -32768 && value <= 32767;
}

/// Loads 0x28 to 0x35: how wide, of what type, and with which operation, of a family that with an offset to the
/// accumulator.
struct LoadRow {
    Op op;
    ValType type;
    std::uint8_t natural;  ///< log2 of the bytes accessed
};
constexpr LoadRow kLoads[] = {
    {Op::kLoad32_AO, ValType::kI32, 2},  {Op::kLoad64, ValType::kI64, 3},     {Op::kLoad32_AO, ValType::kF32, 2},
    {Op::kLoad64, ValType::kF64, 3},     {Op::kLoad8S_AO, ValType::kI32, 0},  {Op::kLoad8U_AO, ValType::kI32, 0},
    {Op::kLoad16S_AO, ValType::kI32, 1}, {Op::kLoad16U_AO, ValType::kI32, 1}, {Op::kLoad64_8S, ValType::kI64, 0},
    {Op::kLoad64_8U, ValType::kI64, 0},  {Op::kLoad64_16S, ValType::kI64, 1}, {Op::kLoad64_16U, ValType::kI64, 1},
    {Op::kLoad64_32S, ValType::kI64, 2}, {Op::kLoad64_32U, ValType::kI64, 2},
};
/// The first form of a family of stores.
constexpr Op kStore32 = kAllForms ? Op::kStore32_S_A : Op::kStore32_SO_A;
constexpr Op kStore8 = kAllForms ? Op::kStore8_S_A : Op::kStore8_SO_A;
constexpr Op kStore16 = Op::kStore16_SO_A;
/// Stores 0x36 to 0x3e. A narrow store of an i64 stores its low word.
constexpr LoadRow kStores[] = {
    {kStore32, ValType::kI32, 2},     {Op::kStore64, ValType::kI64, 3}, {kStore32, ValType::kF32, 2},
    {Op::kStore64, ValType::kF64, 3}, {kStore8, ValType::kI32, 0},      {kStore16, ValType::kI32, 1},
    {kStore8, ValType::kI64, 0},      {kStore16, ValType::kI64, 1},     {kStore32, ValType::kI64, 2},
};

// Address forms of a load family, by their distance from AO. All have AO and SO; signed bytes no other; halfwords
// neither K nor S; bytes no K.
enum LoadForm : int { kLoadK = -6, kLoadS = -4, kLoadA = -2, kLoadAO = 0, kLoadSO = 2, kLoadSI = 4 };
// Forms of a store family: words have all, bytes those up to SO_I, halfwords those from SO_A to AO_S.
enum StoreForm : unsigned { kS_A, kS_S, kSO_A, kSO_S, kSI_A, kSI_S, kAO_S, kA_S, kSO_I, kK_A, kK_S, kK_I };

}  // namespace

// With several memories bit 6 of the alignment says that a memory's index follows.
bool FunctionTranslator::read_memarg(unsigned natural, MemoryArgument& argument) {
    const std::uint32_t at = r_.position();
    std::uint32_t align = r_.u32();
    argument.memory = 0;
#if WASMBED_WASM_MULTI_MEMORY
    constexpr std::uint32_t kHasIndex = 1 << 6;
    if (load_.features.multiple_memories && align & kHasIndex) {
        align &= ~kHasIndex;
        argument.memory = r_.u32();
    }
#endif
    if (align >= 32) {
        r_.fail(Rule::kMemopFlags, at);
        return false;
    }
    argument.offset = r_.u32();
    if (argument.memory >= load_.header->memory_count) {
        refuse(Rule::kUnknownMemory, argument.memory);
    } else if (align > natural) {
        r_.fail(Rule::kAlignment, at);
    }
    return r_.ok();
}

/// The memory that the next load or store is of, if not the first: once in front of it, with 0 once behind it.
void FunctionTranslator::use_memory([[maybe_unused]] std::uint32_t memory) {
#if WASMBED_WASM_MULTI_MEMORY
    emit_.op(Op::kOtherMemory, Operands::halves(memory_action(MemoryAction::kUse, memory)));
    emit_.barrier();
#endif
}

/// Adds an offset that does not fit 16 bits to the address `e`; the sum ends in its home or the accumulator.
void FunctionTranslator::add_far_offset(Entry& e, std::uint32_t& offset) {
    if (offset <= kMaxOffset16) return;
    to_slot(e);
    clobber_accumulator();
    emit_.sw(Op::kEffectiveAddress, e.slot, offset);
    e.kind = Kind::kAccumulator;
    accumulator_entry_ = &e;
    offset = 0;
}

void FunctionTranslator::load_instruction(std::uint8_t opcode) {
    const LoadRow& row = kLoads[opcode - 0x28];
    MemoryArgument argument;
    if (!read_memarg(row.natural, argument) || !check_i32()) return;
    if (argument.memory != 0) use_memory(argument.memory);
    load(row.op, static_cast<std::uint8_t>(row.type), argument.offset);
    if (argument.memory != 0) use_memory(0);
}

void FunctionTranslator::load(Op op, std::uint8_t type, std::uint32_t offset) {
    add_far_offset(top(), offset);
    if (slots_of(type) == 2) {
        if (is_sum(top()) && offset == 0 && (op == Op::kLoad64 || op == Op::kLoad64_32U)) {
            op = op + 1;  // the form SI
            offset = half(static_cast<std::uint32_t>(top().add));
        } else {
            to_slot(top());
        }
        Operands operands = Operands::slot_and_halves(0, offset);
        operands.s[1] = top().slot;
        drop(1);
        const Entry& e = push(type);
        operands.s[0] = e.home;
        emit_.op_to64(op, operands);
        return wrote(e.home, 2);
    }
    Entry& address = top();
    const bool word = op == Op::kLoad32_AO;
    const bool only_offsets = op == Op::kLoad8S_AO;
    Operands operands = Operands::halves(offset);
    int form;
    const std::uint64_t constant = std::uint64_t{static_cast<std::uint32_t>(address.value)} + offset;
    if (!kAllForms) {
        to_accumulator(address);
        form = kLoadAO;
    } else if (word && address.kind == Kind::kConst && constant <= kMaxOffset16) {
        operands.h[0] = half(static_cast<std::uint32_t>(constant));
        form = kLoadK;
    } else if (!only_offsets && is_sum(address) && offset == 0) {
        operands.s[0] = address.slot;
        operands.h[0] = static_cast<std::uint16_t>(address.add);
        form = kLoadSI;
    } else {
        form = only_operand(address, operands) ? kLoadAO : kLoadSO;
        if (offset == 0 && form == kLoadAO && !only_offsets) form = kLoadA;
        if (offset == 0 && form == kLoadSO && (word || op == Op::kLoad8U_AO)) form = kLoadS;
    }
    drop(1);
    emit_result(op + static_cast<unsigned>(form), operands, type);
}

void FunctionTranslator::store_instruction(std::uint8_t opcode) {
    const LoadRow& row = kStores[opcode - 0x36];
    MemoryArgument argument;
    if (!read_memarg(row.natural, argument) || !check_one(0, static_cast<std::uint8_t>(row.type)) || !check_i32(1))
        return;
    if (argument.memory != 0) use_memory(argument.memory);
    store(row.op, argument.offset);
    if (argument.memory != 0) use_memory(0);
}

void FunctionTranslator::store(Op op, std::uint32_t offset) {
    Entry& value = top(0);
    Entry& address = top(1);
    if (offset > kMaxOffset16) {
        to_slot(value);
        add_far_offset(address, offset);
    }
    if (op == Op::kStore64) {
        to_slot(address);
        to_slot(value);
        emit_.ssh(op, address.slot, value.slot, half(offset));
        return drop(2);
    }
    if (!kAllForms) {
        to_slot(address);  // first, as it may be what the accumulator holds
        to_accumulator(value);
        emit_.sh(op, address.slot, offset);
        emit_.barrier();
        return drop(2);
    }
    const bool full = op != kStore16;
    const bool word = op == kStore32;
    if (value.kind == Kind::kAdd) compute_add(value);
    Operands operands = Operands::halves(offset);
    const std::uint64_t constant = std::uint64_t{static_cast<std::uint32_t>(address.value)} + offset;
    const bool absolute = word && address.kind == Kind::kConst && constant <= kMaxOffset16;
    if (absolute) operands.h[0] = half(static_cast<std::uint32_t>(constant));
    if (address.kind == Kind::kConst && !absolute) to_home(address);
    const bool indexed = address.kind == Kind::kAdd && offset == 0;
    if (address.kind == Kind::kAdd && !indexed) compute_add(address);
    const bool immediate =
        full && value.kind == Kind::kConst && slots_of(value.type) == 1 && fits16(value.value) && !indexed;
    if (immediate && address.kind == Kind::kAccumulator) to_home(address);
    if (value.kind == Kind::kConst && !immediate) to_home(value);

    unsigned form;
    if (immediate) {
        operands.h[1] = half(static_cast<std::uint32_t>(value.value));
        operands.s[0] = address.slot;
        form = absolute ? kK_I : kSO_I;
    } else if (absolute || indexed) {
        const bool a = in_accumulator(value);
        form = absolute ? (a ? kK_A : kK_S) : (a ? kSI_A : kSI_S);
        if (indexed) operands.h[0] = static_cast<std::uint16_t>(address.add);
        operands.s[0] = absolute ? value.slot : address.slot;
        if (indexed) operands.s[1] = value.slot;
    } else if (in_accumulator(value) && address.kind != Kind::kAccumulator) {
        form = full && offset == 0 ? kS_A : kSO_A;
        operands.s[0] = address.slot;
    } else if (in_accumulator(address)) {
        form = full && offset == 0 ? kA_S : kAO_S;
        operands.s[0] = value.slot;
    } else {
        form = full && offset == 0 ? kS_S : kSO_S;
        operands.s[0] = address.slot;
        operands.s[1] = value.slot;
    }
    if (!full) form -= kSO_A;
    emit_.op(op + form, operands);
    emit_.barrier();
    drop(2);
}

std::uint32_t FunctionTranslator::memory_index() {
    std::uint32_t memory = 0;
#if WASMBED_WASM_MULTI_MEMORY
    if (load_.features.multiple_memories) {
        memory = r_.u32();
    } else
#endif
    {
        const std::uint32_t at = r_.position();
        if (r_.byte() != 0) r_.fail(Rule::kZeroByte, at);
    }
    if (memory >= load_.header->memory_count) refuse(Rule::kUnknownMemory, memory);
    return memory;
}

namespace {

/// What follows an instruction's opcode, in its order; what its operands are, from the lowest; what it leaves.
enum BulkPart : std::uint8_t {
    kNothing,
    kMemoryIndex,
    kTableIndex,
    kDataIndex,
    kElementIndex,
    kNumber,
    kElementOfTable
};
struct BulkRow {
    Op op;
    std::uint8_t immediates[2];
    std::uint8_t operands[3];
    std::uint8_t result;
};
// Operations take their immediates but the memory, then the first operand's home if there are operands.
constexpr BulkRow kBulk[] = {
    {Op::kMemoryInit, {kDataIndex, kMemoryIndex}, {kNumber, kNumber, kNumber}, kNothing},  // 0xfc 8
    {Op::kDataDrop, {kDataIndex}, {}, kNothing},
    {Op::kMemoryCopy, {kMemoryIndex, kMemoryIndex}, {kNumber, kNumber, kNumber}, kNothing},
    {Op::kMemoryFill, {kMemoryIndex}, {kNumber, kNumber, kNumber}, kNothing},
    {Op::kTableInit, {kElementIndex, kTableIndex}, {kNumber, kNumber, kNumber}, kNothing},
    {Op::kElemDrop, {kElementIndex}, {}, kNothing},
    {Op::kTableCopy, {kTableIndex, kTableIndex}, {kNumber, kNumber, kNumber}, kNothing},
    {Op::kTableGrow, {kTableIndex}, {kElementOfTable, kNumber}, kNumber},
    {Op::kTableSize, {kTableIndex}, {}, kNumber},
    {Op::kTableFill, {kTableIndex}, {kNumber, kElementOfTable, kNumber}, kNothing},  // 0xfc 17
    {Op::kTableGet, {kTableIndex}, {kNumber}, kElementOfTable},
    {Op::kTableSet, {kTableIndex}, {kNumber, kElementOfTable}, kNothing},
    {Op::kMemorySize, {kMemoryIndex}, {}, kNumber},
    {Op::kMemoryGrow, {kMemoryIndex}, {kNumber}, kNumber},
};

#if WASMBED_WASM_MULTI_MEMORY
/// What OtherMemory is to do in the place of an operation on the first memory.
MemoryAction action_of(Op op) {
    switch (op) {
        case Op::kMemoryInit:
            return MemoryAction::kInit;
        case Op::kMemoryCopy:
            return MemoryAction::kCopy;
        case Op::kMemoryFill:
            return MemoryAction::kFill;
        case Op::kMemorySize:
            return MemoryAction::kSize;
        default:
            return MemoryAction::kGrow;
    }
}
#endif

}  // namespace

/// Instructions of memories, tables and segments that are neither loads nor stores.
void FunctionTranslator::bulk(Bulk which) {
    const BulkRow& row = kBulk[static_cast<unsigned>(which)];
    Operands operands;
    unsigned next = 0;
    std::uint8_t element = kUnknownType;
    const std::uint32_t at = r_.position();
    Op op = row.op;
    [[maybe_unused]] std::uint32_t memories[2] = {};
    [[maybe_unused]] unsigned memory_count = 0;
    for (const std::uint8_t part : row.immediates) {
        if (part == kNothing) break;
        if (part == kMemoryIndex) {
            memories[memory_count++] = memory_index();
            continue;
        }
        const std::uint32_t index = part == kTableIndex ? load_.read_table() : r_.u32();
        if (!r_.ok()) return;
        operands.h[next++] = half(index);
        if (part != kTableIndex) continue;
        const std::uint8_t found = load_.table_types[index];
        if (next == 2 && element != kUnknownType && element != found) return mismatch();
        element = found;
    }
    const std::uint8_t first = row.immediates[0];
    if (first == kDataIndex || first == kElementIndex) check_segment(first == kDataIndex, operands.h[0], at);
    if (!r_.ok()) return;
    if (first == kElementIndex && next == 2 && load_.element_types[operands.h[0]] != element) return mismatch();

#if WASMBED_WASM_MULTI_MEMORY
    if ((memories[0] | memories[1]) != 0) {
        const std::uint32_t other = first == kDataIndex ? operands.h[0] : memories[1];
        operands = Operands::halves(memory_action(action_of(op), memories[0]), other);
        op = Op::kOtherMemory;
        next = 2;
    }
#endif

    std::uint8_t types[3];
    unsigned count = 0;
    while (count < 3 && row.operands[count] != kNothing) {
        types[count] = row.operands[count] == kNumber ? kI32 : element;
        ++count;
    }
    if (!check({types, count})) return;
    flush_top(count);
    clobber_accumulator();
    if (count != 0) operands.h[next] = top(count - 1).home;
    drop(count);
    if (row.result != kNothing) return emit_result(op, operands, row.result == kNumber ? kI32 : element);
    emit_.op(op, operands);
    emit_.barrier();
}

/// Emits an operation whose operands are gone from the stack already and whose 32-bit result is in the accumulator.
void FunctionTranslator::emit_result(Op op, const Operands& operands, std::uint8_t type) {
    spill_accumulator();
    accumulator_slot_before_ = accumulator_slot_;
    emit_.op(op, operands);
    result_in_accumulator(type);
}

void FunctionTranslator::references(std::uint8_t opcode) {
    if (opcode == 0xd0) {  // ref.null
        push(read_reference_type(load_), Kind::kConst).value = kNullRef;
        return;
    }
    if (opcode == 0xd1) {  // ref.is_null
        if (!check_one(0, kUnknownType)) return;
        if (top().type != kUnknownType && !is_reference(top().type)) return mismatch();
        top().type = kI32;
        return compare_with_zero(Op::kI32Eq_AS);
    }
    const std::uint32_t at = r_.position();
    const std::uint32_t function = load_.read_function();
    if (function == kNone) return;
    if (!(load_.function_types[function] & LoadContext::kDeclared)) {
        return r_.fail(Rule::kUndeclaredFunction, at);
    }
    emit_result(Op::kRefFunc, Operands::halves(function), static_cast<std::uint8_t>(ValType::kFuncref));
}

void FunctionTranslator::prefixed() {
    const std::uint32_t sub = r_.u32();
    if (sub < 8) return numeric(kFirstSaturating + sub);
    if (sub > 17) return refuse(Rule::kIllegalOpcode);
    bulk(static_cast<Bulk>(sub - 8));
}

void FunctionTranslator::check_segment(bool data, std::uint32_t segment, std::uint32_t at) {
    if (!data) {
        if (segment >= load_.header->element_count) r_.fail(Rule::kUnknownElements, at, segment);
        return;
    }
    if (load_.declared_data == kNone) return refuse(Rule::kDataCountRequired);
    if (segment >= load_.declared_data) r_.fail(Rule::kUnknownData, at, segment);
}

}  // namespace wasmbed::wasm
