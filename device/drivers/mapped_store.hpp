// hal::Store and hal::FactoryPartition over memory that keeps its content: battery-backed RAM, or an emulator's
// file-backed memory.
#pragma once

#include <span>

#include "device/hal/factory_partition.hpp"
#include "device/hal/store.hpp"

namespace wasmbed::drivers {

/// Enforces flash's rules though RAM has none: only erased bytes can be programmed. A unit programmed with erased bytes
/// only counts as erased, because nothing remembers it.
class MappedStore final : public hal::Store {
  public:
    /// `memory` is aligned to 8 bytes and at least `geometry.size` bytes.
    MappedStore(std::uint8_t* memory, const hal::StoreGeometry& geometry) : memory_(memory), geometry_(geometry) {}

  private:
    hal::StoreGeometry do_geometry() const override { return geometry_; }
    Result<void, hal::StoreError> do_read(std::uint32_t offset, MutableBytes out) const override;
    Result<void, hal::StoreError> do_program(std::uint32_t offset, Bytes data) override;
    Result<void, hal::StoreError> do_erase(std::uint32_t offset, std::uint32_t size) override;
    Bytes do_mapped(std::uint32_t offset, std::uint32_t size) const override { return {memory_ + offset, size}; }

    std::uint8_t* memory_;
    hal::StoreGeometry geometry_;
};

class MappedFactoryPartition final : public hal::FactoryPartition {
  public:
    explicit MappedFactoryPartition(Bytes bytes) : bytes_(bytes) {}

  private:
    Bytes do_bytes() const override { return bytes_; }
    Bytes bytes_;
};

}  // namespace wasmbed::drivers
