// A hardware source of randomness. Seeds a DRBG; nothing else reads it.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::hal {

enum class EntropyError : std::uint8_t {
    NoData,     ///< the source gave nothing within its time limit: absent or broken
    Unhealthy,  ///< the continuous health test of NIST SP 800-90B section 4.4 failed: repeated or biased output
};
[[nodiscard]] inline const char* text_of(EntropyError error) {
    return error == EntropyError::NoData ? "entropy source gives no data" : "entropy source failed its health test";
}

class Entropy {
  public:
    /// Fills `out` with at least 4 bits of entropy per byte. Blocks for at most 100 ms. On an error `out` must not be
    /// used.
    [[nodiscard]] Result<void, EntropyError> fill(MutableBytes out) { return do_fill(out); }

  protected:
    ~Entropy() = default;

  private:
    virtual Result<void, EntropyError> do_fill(MutableBytes out) = 0;
};

}  // namespace wasmbed::hal
