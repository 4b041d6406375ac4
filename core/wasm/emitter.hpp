// Writes operations of translated code, and may still change the last one.
#pragma once

#include <cstdint>

#include "core/wasm/load_context.hpp"
#include "core/wasm/ops.hpp"

namespace wasmbed::wasm {

/// Slots from here on do not fit an operation's bytes (a power of two). A test build makes the number small, and
/// translates every function again in wide mode, whatever the first try came to.
#if defined(WASMBED_WASM_TEST_NEAR_SLOTS)
inline constexpr std::uint32_t kNearSlots = WASMBED_WASM_TEST_NEAR_SLOTS;
inline constexpr bool kAlwaysWide = true;
#else
inline constexpr std::uint32_t kNearSlots = 256;
inline constexpr bool kAlwaysWide = false;
#endif

/// Operands of one operation: as many slots and halves as its form has, the others zero. A 32-bit immediate is two
/// halves, the low one first.
struct Operands {
    Operands() : s{}, h{} {}
    [[gnu::noinline]] static Operands slots(std::uint32_t s0, std::uint32_t s1 = 0, std::uint32_t s2 = 0);
    [[gnu::noinline]] static Operands halves(std::uint32_t h0, std::uint32_t h1 = 0, std::uint32_t h2 = 0);
    [[gnu::noinline]] static Operands slot_and_halves(std::uint32_t s0, std::uint32_t h0, std::uint32_t h1 = 0);

    std::uint16_t s[4];  ///< three are the most; four fill words
    std::uint16_t h[4];
};

/// The second emitter (machine code) takes this class's place: nothing else writes code.
///
/// Slots above 255 do not fit an operation's bytes. The first time one turns up in a function, `too_wide` is set, and
/// the caller translates the function again in wide mode: six slots in front of the locals then hold copies of such
/// operands, and forward branches reach 32 bits. It is correct, slow and rare (more than about 60 locals of 64 bits, or
/// 64 KB of code).
class Emitter {
  public:
    explicit Emitter(LoadContext& load) : load_(load) {}

    void begin(bool wide, std::uint32_t temporaries);
    /// Behind a jump nothing is written until a label: what is asked for is left out, and no place is a branch's.
    bool live() const { return live_; }
    void set_live(bool live) {
        live_ = live;
        barrier();
    }
    bool too_wide() const { return too_wide_; }
    bool wide() const { return wide_; }

    std::uint32_t position() const { return at_; }

    /// An operation whose slots are all read (or written to slots below 256).
    void op(Op op, const Operands& operands = {}) { op_to(op, operands, 0); }
    /// An operation that writes 64 or 32 bits to its first slot without reading it.
    void op_to64(Op op, const Operands& operands) { op_to(op, operands, 2); }
    void op_to32(Op op, const Operands& operands) { op_to(op, operands, 1); }

    // The same for the commonest operands: slots, halves and words in the order of the letters.
    void s(Op op, std::uint32_t slot) { sh(op, slot, 0); }
    void h(Op op, std::uint32_t half) { sh(op, 0, half); }
    void sh(Op op, std::uint32_t slot, std::uint32_t half);
    void ssh(Op op, std::uint32_t slot0, std::uint32_t slot1, std::uint32_t half);
    void w(Op op, std::uint32_t word) { sw(op, 0, word); }
    void sw(Op op, std::uint32_t slot, std::uint32_t word);
    void s_to32(Op op, std::uint32_t slot) { ss_to32(op, slot, 0); }
    void ss_to32(Op op, std::uint32_t slot0, std::uint32_t slot1);
    void sh_to32(Op op, std::uint32_t slot, std::uint32_t half);
    void sw_to32(Op op, std::uint32_t slot, std::uint32_t word);
    void ss_to64(Op op, std::uint32_t slot0, std::uint32_t slot1);
    void sh_to64(Op op, std::uint32_t slot, std::uint32_t half);
    void sw_to64(Op op, std::uint32_t slot, std::uint32_t word);

    /// The last operation if nothing came after it and no branch can arrive behind it; else kCount.
    Op last() const { return last_op_; }
    /// Its operands.
    void last_operands(Operands& out) const;
    /// Removes it. The last operation then is none, or an Inc right in front of it, which may become part of a loop's
    /// end.
    void rewind_last();
    /// Makes it its `_d` twin, which also stores to `slot`. False if it has none or the slot is too high.
    bool store_last_to(std::uint32_t slot);
    /// Changes the 64-bit destination of the last operation if that is `from`. False if it is not or it does not fit.
    bool retarget_last(std::uint32_t from, std::uint32_t to);
    /// A place where control can arrive: what came before cannot be changed any more.
    void barrier() { last_op_ = Op::kCount; }

    /// A forward branch (operation with a trailing 16-bit distance) added to the chain of `fixups`; kNone starts a
    /// chain.
    void branch(Op op, const Operands& operands, std::uint32_t& fixups);
    /// A backward branch to `target`; takes an Inc in front of it in.
    void loop(Op op, const Operands& operands, std::uint32_t target);
    /// Makes all branches of the chain arrive here.
    void land(std::uint32_t& fixups);

    /// A 16-bit field of a br_table, initially `value`.
    std::uint32_t table_entry(std::uint16_t value);
    std::uint16_t table_value(std::uint32_t entry) const { return read16(entry); }
    /// Adds the entry to a chain as `branch` does (not in wide mode).
    void chain(std::uint32_t entry, std::uint32_t& fixups);
    /// Makes the entry arrive at `target`, behind it.
    void land_field(std::uint32_t entry, std::uint32_t target);

    /// An operation whose only operand is a number below 256 in the place of a slot.
    void byte(Op op, std::uint32_t value) { put(op, Operands::slots(value)); }

    /// Places a function's header; returns its offset.
    std::uint32_t header();
    void patch_header(std::uint32_t at, const FunctionHeader& value);

  private:
    void write8(std::uint32_t at, std::uint32_t value) { load_.image.data()[at] = static_cast<std::uint8_t>(value); }
    void write16(std::uint32_t at, std::uint32_t value);
    void write32(std::uint32_t at, std::uint32_t value);
    std::uint16_t read16(std::uint32_t at) const;
    void branch_over(Op op, const Operands& operands);
    void take_in_increment(Op& op, Operands& operands);
    /// Room for `bytes` more at the end; false after the load has failed for lack of it.
    bool grow(std::uint32_t bytes) { return bytes <= load_.image.size() - at_ || no_room(); }
    bool no_room();
    /// Was the operation just asked for written?
    bool written() const { return live_ && load_.reader.ok(); }
    /// Appends an operation. False, and nothing written, if it has a slot from `slots_end` on, a power of two.
    bool put(Op op, const Operands& operands, std::uint32_t slots_end = 256);
    /// `result_slots`: how many slots it writes from its first on, which it does not read; 0 if it reads that too.
    void op_to(Op op, const Operands& operands, unsigned result_slots);
    void op_far(Op op, Operands operands, unsigned result_slots);

    LoadContext& load_;
    std::uint32_t at_ = 0;
    bool wide_ = false;
    bool live_ = true;
    bool too_wide_ = false;
    std::uint32_t temporaries_ = 0;
    Op last_op_ = Op::kCount;
    std::uint32_t last_at_ = 0;
    Op before_last_op_ = Op::kCount;  ///< an Inc, if that ends at last_at_ and control cannot arrive between the two
    bool last_to64_ = false;
};

}  // namespace wasmbed::wasm
