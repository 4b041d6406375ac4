// Access to device registers.
#pragma once

#include <cstdint>

namespace wasmbed::drivers {

/// A device's block of 32-bit registers, by byte offset. Each call is exactly one bus access of 32 bits.
class Registers {
  public:
    constexpr explicit Registers(std::uint32_t base) : base_(base) {}
    [[nodiscard]] std::uint32_t read(std::uint32_t offset) const {
        return *reinterpret_cast<volatile std::uint32_t*>(static_cast<std::uintptr_t>(base_ + offset));
    }
    void write(std::uint32_t offset, std::uint32_t value) const {
        *reinterpret_cast<volatile std::uint32_t*>(static_cast<std::uintptr_t>(base_ + offset)) = value;
    }

  private:
    std::uint32_t base_;
};

}  // namespace wasmbed::drivers
