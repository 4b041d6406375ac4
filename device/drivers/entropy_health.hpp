// The continuous health tests that every entropy source must pass (NIST SP 800-90B section 4.4).
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace wasmbed::drivers {

/// For byte samples that claim at least 4 bits of entropy each; a healthy source fails with probability 2^-20 per
/// sample.
class EntropyHealth {
  public:
    /// Feeds the next sample; false from the first failure on, for good: a source that failed is not to be trusted
    /// again.
    bool accept(std::uint8_t sample);
    [[nodiscard]] bool healthy() const { return healthy_; }

  private:
    static constexpr std::uint32_t kRepetitionsMax = 6;   // section 4.4.1: 1 + 20 / 4 in a row is a failure
    static constexpr std::uint32_t kWindowSamples = 512;  // section 4.4.2
    static constexpr std::uint32_t kProportionMax = 62;   // 1 + critbinom(512, 2^-4, 1 - 2^-20)

    std::uint32_t repetitions_ = 0;
    std::uint32_t window_left_ = 0;
    std::uint32_t window_hits_ = 0;
    std::uint8_t last_ = 0;
    std::uint8_t window_first_ = 0;
    bool healthy_ = true;
};

}  // namespace wasmbed::drivers
