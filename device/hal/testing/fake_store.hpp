// A store in memory that enforces flash's rules and can lose power at any operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "device/hal/store.hpp"

namespace wasmbed::hal {

/// Stricter than the contract: a unit counts as written once it was programmed, even with erased bytes, as flash with
/// ECC does.
///
/// Power cut: `cut_power_after(n)` lets n more steps happen, then tears the next one and fails it and all later calls
/// with StoreError::Device until `restore_power`. A step is one program unit or one erased block, so that for every n
/// there is one place of the cut. A torn unit keeps the bytes of its first half, a torn block is half erased and half
/// as it was; neither may be programmed before a new erase.
class FakeStore final : public Store {
  public:
    /// Starts like flash never erased: filled with `fill`, nothing programmable.
    explicit FakeStore(StoreGeometry geometry, std::uint8_t fill = 0x00);

    void cut_power_after(std::uint64_t steps) {
        steps_left_ = steps;
        armed_ = true;
    }
    /// Power is back; the content stays as the cut left it.
    void restore_power() { armed_ = off_ = false; }
    [[nodiscard]] bool powered() const { return !off_; }
    /// Steps done since the construction, to learn how many cuts there are to try.
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

    /// Makes program and erase of any range that includes `offset` fail with Device, as a worn block would.
    void break_at(std::uint32_t offset) {
        broken_ = offset;
        has_broken_ = true;
    }
    /// Changes bits behind the owner's back, as ageing or an attacker would.
    void corrupt(std::uint32_t offset, std::uint8_t xor_mask) { bytes_[offset] ^= xor_mask; }
    /// How often the block that contains `offset` was erased.
    [[nodiscard]] std::uint32_t erase_count(std::uint32_t offset) const {
        return erases_[offset / geometry_.erase_block];
    }

  private:
    StoreGeometry do_geometry() const override { return geometry_; }
    Result<void, StoreError> do_read(std::uint32_t offset, MutableBytes out) const override;
    Result<void, StoreError> do_program(std::uint32_t offset, Bytes data) override;
    Result<void, StoreError> do_erase(std::uint32_t offset, std::uint32_t size) override;
    Bytes do_mapped(std::uint32_t offset, std::uint32_t size) const override { return {bytes_.get() + offset, size}; }

    bool is_broken(std::uint32_t offset, std::size_t size) const;
    bool take_step();
    void set_writable(std::uint32_t offset, std::uint32_t size, bool writable);

    StoreGeometry geometry_;
    std::unique_ptr<std::uint8_t[]> bytes_;
    std::unique_ptr<bool[]> unit_writable_;
    std::unique_ptr<std::uint32_t[]> erases_;
    std::uint64_t steps_ = 0;
    std::uint64_t steps_left_ = 0;
    std::uint32_t broken_ = 0;
    bool has_broken_ = false;
    bool armed_ = false;
    bool off_ = false;
};

}  // namespace wasmbed::hal
