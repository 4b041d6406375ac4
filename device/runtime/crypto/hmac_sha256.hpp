// HMAC (RFC 2104) over Mbed TLS's SHA-256.
#pragma once

#include <mbedtls/sha256.h>

#include "core/base/bytes.hpp"

namespace wasmbed::crypto {

/// One message at a time: `start`, `update` as often as wanted, `finish`. Its memory holds secrets until `finish`.
class HmacSha256 {
  public:
    /// Keys longer than a block are hashed first, as RFC 2104 says.
    void start(Bytes key);
    void update(Bytes data) { mbedtls_sha256_update(&hash_, data.data(), data.size()); }
    Digest finish();

  private:
    static constexpr std::size_t kBlockBytes = 64;
    void start_pass(std::uint8_t pad);

    mbedtls_sha256_context hash_;
    std::uint8_t key_[kBlockBytes];
};

}  // namespace wasmbed::crypto
