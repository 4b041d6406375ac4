// HMAC_DRBG with SHA-256: NIST SP 800-90A Rev. 1, section 10.1.2.
#pragma once

#include "core/base/bytes.hpp"

namespace wasmbed::crypto {

/// The generator alone: where entropy comes from and when to reseed is the owner's (drbg.hpp).
class HmacDrbg {
  public:
    /// Security strength 256 bits: so much entropy for a seed, half as much again for the nonce.
    static constexpr std::size_t kEntropyBytes = 32;
    static constexpr std::size_t kNonceBytes = 16;

    ~HmacDrbg();

    /// From entropy and nonce, and what makes this generator differ from others.
    void instantiate(Bytes entropy_and_nonce, Bytes personalization);
    void reseed(Bytes entropy);
    /// Random bytes; at most kRequestBytesMax per call.
    void generate(MutableBytes out);
    static constexpr std::size_t kRequestBytesMax = 1024;

  private:
    void update(Bytes first, Bytes second);
    void next_value();

    Digest key_;
    Digest value_;
};

}  // namespace wasmbed::crypto
