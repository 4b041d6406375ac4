// PSA for tests: started once per process over an arena, with random bytes of the host.
#pragma once

#include <cstdlib>
#include <random>

#include "device/runtime/crypto/psa_crypto.hpp"

namespace wasmbed::crypto {

class HostRandom final : public RandomSource {
  private:
    bool do_random(MutableBytes out) override {
        for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(device_());
        return true;
    }
    std::random_device device_;
};

/// Starts PSA, or makes it use the host's random bytes again.
inline void start_test_psa() {
    static std::byte arena[kArenaBytes];
    static HostRandom random;
    if (!init_psa(arena, random)) std::abort();
}

}  // namespace wasmbed::crypto
