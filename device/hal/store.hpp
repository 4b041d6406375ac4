// A block device with the rules of NOR flash.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::hal {

/// Sizes in bytes. `size` is a multiple of `erase_block`, that one of `program_unit`; both are powers of two.
struct StoreGeometry {
    std::uint32_t size;
    std::uint32_t erase_block;
    std::uint32_t program_unit;
};

enum class StoreError : std::uint8_t {
    OutOfRange,  ///< the range ends behind the store
    Unaligned,   ///< offset or size is not a multiple of `program_unit` (program) or `erase_block` (erase)
    NotErased,   ///< a program unit in the range holds something else than erased bytes; nothing was written
    Device,      ///< the hardware failed; the range may hold anything
};
[[nodiscard]] const char* text_of(StoreError error);

/// Bytes that keep their value without power. Rules, enforced by every implementation, RAM-backed ones too: a program
/// unit is written once after each erase of its block; an erased byte reads 0xFF. A power cut during `program` leaves
/// any prefix of the range written (one unit possibly torn), one during `erase` leaves the block with any content. A
/// store that was never erased holds anything. All calls block until done (PSRAM: copy speed; NOR flash: up to 400 ms
/// for an erase).
class Store {
  public:
    /// Byte of an erased unit.
    static constexpr std::uint8_t kErased = 0xFF;

    [[nodiscard]] StoreGeometry geometry() const { return do_geometry(); }
    /// Fills `out` from `offset`; any alignment.
    [[nodiscard]] Result<void, StoreError> read(std::uint32_t offset, MutableBytes out) const;
    /// Writes `data` at `offset`, both multiples of `program_unit`, into erased units.
    [[nodiscard]] Result<void, StoreError> program(std::uint32_t offset, Bytes data);
    /// Erases [offset, offset + size), both multiples of `erase_block`.
    [[nodiscard]] Result<void, StoreError> erase(std::uint32_t offset, std::uint32_t size);
    /// The range as memory when the store is mapped into the address space, else (or out of range) empty. Valid until
    /// the range is erased or programmed.
    [[nodiscard]] Bytes mapped(std::uint32_t offset, std::uint32_t size) const;

  protected:
    ~Store() = default;

  private:
    virtual StoreGeometry do_geometry() const = 0;
    /// The range was checked before each of these.
    virtual Result<void, StoreError> do_read(std::uint32_t offset, MutableBytes out) const = 0;
    virtual Result<void, StoreError> do_program(std::uint32_t offset, Bytes data) = 0;
    virtual Result<void, StoreError> do_erase(std::uint32_t offset, std::uint32_t size) = 0;
    virtual Bytes do_mapped(std::uint32_t, std::uint32_t) const { return {}; }
};

}  // namespace wasmbed::hal
