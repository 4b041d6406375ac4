// Memory, table and reference instructions (sections 3.3.5 to 3.3.7).
#include "core/wasm/function_translator.hpp"

namespace wasmbed::wasm {

namespace {

constexpr std::uint32_t kMaxOffset16 = 0xffff;

std::uint16_t half(std::uint32_t value) {
    return static_cast<std::uint16_t>(value);
}
bool fits16(std::int32_t value) {
    return value >= -32768 && value <= 32767;
}

/// Loads 0x28 to 0x35: how wide, of what type, and with which operation. The first two families have all address forms.
struct LoadRow {
    Op op;
    ValType type;
    std::uint8_t natural;  ///< log2 of the bytes accessed
};
constexpr LoadRow kLoads[] = {
    {Op::kLoad32_A, ValType::kI32, 2},   {Op::kLoad64, ValType::kI64, 3},     {Op::kLoad32_A, ValType::kF32, 2},
    {Op::kLoad64, ValType::kF64, 3},     {Op::kLoad8S_AO, ValType::kI32, 0},  {Op::kLoad8U_A, ValType::kI32, 0},
    {Op::kLoad16S_AO, ValType::kI32, 1}, {Op::kLoad16U_AO, ValType::kI32, 1}, {Op::kLoad64_8S, ValType::kI64, 0},
    {Op::kLoad64_8U, ValType::kI64, 0},  {Op::kLoad64_16S, ValType::kI64, 1}, {Op::kLoad64_16U, ValType::kI64, 1},
    {Op::kLoad64_32S, ValType::kI64, 2}, {Op::kLoad64_32U, ValType::kI64, 2},
};
/// Stores 0x36 to 0x3e. A narrow store of an i64 stores its low word.
constexpr LoadRow kStores[] = {
    {Op::kStore32_S_A, ValType::kI32, 2}, {Op::kStore64, ValType::kI64, 3},      {Op::kStore32_S_A, ValType::kF32, 2},
    {Op::kStore64, ValType::kF64, 3},     {Op::kStore8_S_A, ValType::kI32, 0},   {Op::kStore16_SO_A, ValType::kI32, 1},
    {Op::kStore8_S_A, ValType::kI64, 0},  {Op::kStore16_SO_A, ValType::kI64, 1}, {Op::kStore32_S_A, ValType::kI64, 2},
};

// Address forms of a full load family, two apart because of the twins; a short family has AO and SO only.
enum LoadForm : unsigned { kLoadA = 0, kLoadS = 2, kLoadAO = 4, kLoadSO = 6, kLoadSI = 8, kLoadK = 10 };
// Forms of a full store family; the halfword family has SO_A, SO_S, AO_S.
enum StoreForm : unsigned { kS_A, kS_S, kSO_A, kSO_S, kSI_A, kSI_S, kA_S, kAO_S, kSO_I, kK_A, kK_S, kK_I };

}  // namespace

bool FunctionTranslator::read_memarg(unsigned natural, std::uint32_t& offset) {
    const std::uint32_t at = r_.position();
    const std::uint32_t align = r_.u32();
    if (align >= 32) {
        r_.malformed("malformed memop flags", at);
        return false;
    }
    offset = r_.u32();
    if (load_.header->memory_count == 0) {
        load_.invalid("unknown memory", instruction_at_, 0);
    } else if (align > natural) {
        load_.invalid("alignment must not be larger than natural", at);
    }
    return r_.ok();
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
    std::uint32_t offset;
    if (!read_memarg(row.natural, offset) || !check_i32()) return;
    const auto type = static_cast<std::uint8_t>(row.type);
    if (!live_) {
        drop(1);
        push(type);
        return;
    }
    add_far_offset(top(), offset);
    if (slots_of(type) == 2) {
        to_slot(top());
        Operands operands = Operands::slot_and_halves(0, offset);
        operands.s[1] = top().slot;
        drop(1);
        const Entry& e = push(type);
        operands.s[0] = e.home;
        emit_.op_to64(row.op, operands);
        return wrote(e.home, 2);
    }
    Entry& address = top();
    const bool full = row.op == Op::kLoad32_A || row.op == Op::kLoad8U_A;
    Operands operands = Operands::halves(offset);
    unsigned form;
    const std::uint64_t constant = std::uint64_t{static_cast<std::uint32_t>(address.value)} + offset;
    if (full && address.kind == Kind::kConst && constant <= kMaxOffset16) {
        operands.h[0] = half(static_cast<std::uint32_t>(constant));
        form = kLoadK;
    } else if (full && address.kind == Kind::kAdd && offset == 0) {
        operands.s[0] = address.slot;
        operands.h[0] = static_cast<std::uint16_t>(address.add);
        form = kLoadSI;
    } else {
        if (address.kind == Kind::kConst || address.kind == Kind::kAdd) to_accumulator(address);
        operands.s[0] = address.slot;
        form = in_accumulator(address) ? kLoadAO : kLoadSO;
        if (full && offset == 0) form = form == kLoadAO ? kLoadA : kLoadS;
        if (!full) form -= kLoadAO;
    }
    drop(1);
    emit_result(row.op + form, operands, type);
}

void FunctionTranslator::store_instruction(std::uint8_t opcode) {
    const LoadRow& row = kStores[opcode - 0x36];
    std::uint32_t offset;
    if (!read_memarg(row.natural, offset) || !check_one(0, static_cast<std::uint8_t>(row.type)) || !check_i32(1))
        return;
    if (!live_) return drop(2);
    Entry& value = top(0);
    Entry& address = top(1);
    if (offset > kMaxOffset16) {
        to_slot(value);
        add_far_offset(address, offset);
    }
    if (row.op == Op::kStore64) {
        to_slot(address);
        to_slot(value);
        emit_.ssh(row.op, address.slot, value.slot, half(offset));
        return drop(2);
    }
    const bool full = row.op != Op::kStore16_SO_A;
    if (value.kind == Kind::kAdd) compute_add(value);
    Operands operands = Operands::halves(offset);
    const std::uint64_t constant = std::uint64_t{static_cast<std::uint32_t>(address.value)} + offset;
    const bool absolute = full && address.kind == Kind::kConst && constant <= kMaxOffset16;
    if (absolute) operands.h[0] = half(static_cast<std::uint32_t>(constant));
    if (address.kind == Kind::kConst && !absolute) to_home(address);
    const bool indexed = full && address.kind == Kind::kAdd && offset == 0;
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
    if (!full) form = form == kSO_A ? 0 : form == kSO_S ? 1 : 2;
    emit_.op(row.op + form, operands);
    emit_.barrier();
    drop(2);
}

void FunctionTranslator::memory_index() {
    const std::uint32_t at = r_.position();
    if (r_.byte() != 0) return r_.malformed("zero byte expected", at);
    if (load_.header->memory_count == 0) load_.invalid("unknown memory", instruction_at_, 0);
}

std::uint32_t FunctionTranslator::read_table() {
    const std::uint32_t at = r_.position();
    const std::uint32_t table = r_.u32();
    if (table >= load_.header->table_count) load_.invalid("unknown table", at, table);
    return table;
}

/// Instructions whose operands are taken from their homes, the first of them named last in the operation's immediates.
void FunctionTranslator::bulk(Op op, Operands operands, unsigned immediates, Bytes types) {
    if (!r_.ok() || !check(types)) return;
    const auto count = static_cast<std::uint32_t>(types.size());
    if (live_) {
        flush_top(count);
        clobber_accumulator();
        operands.h[immediates] = top(count - 1).home;
        emit_.op(op, operands);
        emit_.barrier();
    }
    drop(count);
}

void FunctionTranslator::table_access(bool set) {
    const std::uint32_t table = read_table();
    if (!r_.ok()) return;
    const std::uint8_t type = load_.table_types[table];
    if (set) {
        if (!check_one(0, type) || !check_i32(1)) return;
        if (live_) {
            to_slot(top(1));
            to_slot(top(0));
            emit_.ssh(Op::kTableSet, top(1).slot, top(0).slot, half(table));
        }
        return drop(2);
    }
    if (!check_i32()) return;
    if (live_) to_slot(top());
    drop(1);
    // The operand's entry is still there.
    emit_result(Op::kTableGet, Operands::slot_and_halves(end_->slot, table), type);
}

/// Emits an operation whose operands are gone from the stack already and whose 32-bit result is in the accumulator.
void FunctionTranslator::emit_result(Op op, const Operands& operands, std::uint8_t type) {
    if (!live_) {
        push(type);
        return;
    }
    spill_accumulator();
    accumulator_slot_before_ = accumulator_slot_;
    emit_.op(op, operands);
    result_in_accumulator(type);
}

void FunctionTranslator::references(std::uint8_t opcode) {
    if (opcode == 0xd0) {  // ref.null
        Entry& e = push(read_reference_type(load_), Kind::kConst);
        if (live_) e.value = kNullRef;
        return;
    }
    if (opcode == 0xd1) {  // ref.is_null
        if (!check_one(0, kUnknownType)) return;
        if (operands() != 0 && top().type != kUnknownType && !is_reference(top().type)) return mismatch();
        if (!live_) {
            drop(1);
            push(kI32);
            return;
        }
        top().type = kI32;
        return compare_with_zero(Op::kI32Eq_AS);
    }
    const std::uint32_t at = r_.position();
    const std::uint32_t function = r_.u32();
    if (function >= load_.header->function_count) return load_.invalid("unknown function", at, function);
    if (!(load_.function_types[function] & LoadContext::kDeclared)) {
        return load_.invalid("undeclared function reference", at);
    }
    emit_result(Op::kRefFunc, Operands::halves(function), static_cast<std::uint8_t>(ValType::kFuncref));
}

void FunctionTranslator::prefixed() {
    const std::uint32_t sub = r_.u32();
    if (sub < 8) return numeric(kFirstSaturating + sub);
    static constexpr std::uint8_t kThree[] = {kI32, kI32, kI32};
    const std::uint32_t at = r_.position();
    switch (sub) {
        case 8: {  // memory.init
            const std::uint32_t segment = r_.u32();
            memory_index();
            data_segment(segment, at);
            return bulk(Op::kMemoryInit, Operands::halves(segment), 1, kThree);
        }
        case 9: {  // data.drop
            const std::uint32_t segment = r_.u32();
            data_segment(segment, at);
            if (r_.ok() && live_) emit_.h(Op::kDataDrop, half(segment));
            return;
        }
        case 10:  // memory.copy
            memory_index();
            memory_index();
            return bulk(Op::kMemoryCopy, {}, 0, kThree);
        case 11:  // memory.fill
            memory_index();
            return bulk(Op::kMemoryFill, {}, 0, kThree);
        case 12: {  // table.init
            const std::uint32_t segment = r_.u32();
            const std::uint32_t table = read_table();
            element_segment(segment, at);
            if (r_.ok() && load_.element_types[segment] != load_.table_types[table]) return mismatch();
            return bulk(Op::kTableInit, Operands::halves(segment, table), 2, kThree);
        }
        case 13: {  // elem.drop
            const std::uint32_t segment = r_.u32();
            element_segment(segment, at);
            if (r_.ok() && live_) emit_.h(Op::kElemDrop, half(segment));
            return;
        }
        case 14: {  // table.copy
            const std::uint32_t to = read_table();
            const std::uint32_t from = read_table();
            if (r_.ok() && load_.table_types[to] != load_.table_types[from]) return mismatch();
            return bulk(Op::kTableCopy, Operands::halves(to, from), 2, kThree);
        }
        case 15: {  // table.grow
            const std::uint32_t table = read_table();
            if (!r_.ok()) return;
            const std::uint8_t types[] = {load_.table_types[table], kI32};
            if (!check(types)) return;
            Operands operands = Operands::halves(table);
            if (live_) {
                to_slot(top(1));
                to_slot(top(0));
                operands.s[0] = top(1).slot;
                operands.s[1] = top(0).slot;
            }
            drop(2);
            return emit_result(Op::kTableGrow, operands, kI32);
        }
        case 16: {  // table.size
            const std::uint32_t table = read_table();
            if (!r_.ok()) return;
            return emit_result(Op::kTableSize, Operands::halves(table), kI32);
        }
        case 17: {  // table.fill
            const std::uint32_t table = read_table();
            if (!r_.ok()) return;
            const std::uint8_t types[] = {kI32, load_.table_types[table], kI32};
            return bulk(Op::kTableFill, Operands::halves(table), 1, types);
        }
        default:
            return r_.malformed("illegal opcode", instruction_at_);
    }
}

void FunctionTranslator::data_segment(std::uint32_t segment, std::uint32_t at) {
    if (!r_.ok()) return;
    if (load_.declared_data == kNone) return r_.malformed("data count section required", instruction_at_);
    if (segment >= load_.declared_data) load_.invalid("unknown data segment", at, segment);
}

void FunctionTranslator::element_segment(std::uint32_t segment, std::uint32_t at) {
    if (segment >= load_.header->element_count) load_.invalid("unknown elem segment", at, segment);
}

}  // namespace wasmbed::wasm
