// The random seed that a device keeps from boot to boot.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/result.hpp"
#include "device/hal/store.hpp"

namespace wasmbed::crypto {

struct Seed {
    std::uint32_t boot_count = 0;
    std::array<std::uint8_t, 32> bytes{};
};

/// Two erase blocks at the start of a store, written in turn, so that a power cut leaves the older seed. Blocks as the
/// store does.
class SeedFile {
  public:
    explicit SeedFile(hal::Store& store) : store_(store) {}

    /// The newest valid seed; boot count 0 and zero bytes when there is none.
    [[nodiscard]] Seed load() const;
    /// Writes `seed` over the older one.
    [[nodiscard]] Result<void, hal::StoreError> save(const Seed& seed);

  private:
    hal::Store& store_;
};

}  // namespace wasmbed::crypto
