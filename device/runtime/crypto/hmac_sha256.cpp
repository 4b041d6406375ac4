#include "device/runtime/crypto/hmac_sha256.hpp"

#include <cstring>
#include <mbedtls/platform_util.h>

namespace wasmbed::crypto {

void HmacSha256::start(Bytes key) {
    std::memset(key_, 0, sizeof key_);
    if (key.size() > kBlockBytes) {
        mbedtls_sha256(key.data(), key.size(), key_, 0);
    } else if (!key.empty()) {
        std::memcpy(key_, key.data(), key.size());
    }
    start_pass(0x36);
}

void HmacSha256::start_pass(std::uint8_t pad) {
    std::uint8_t block[kBlockBytes];
    for (std::size_t i = 0; i < kBlockBytes; ++i) block[i] = key_[i] ^ pad;
    mbedtls_sha256_init(&hash_);
    mbedtls_sha256_starts(&hash_, 0);
    mbedtls_sha256_update(&hash_, block, kBlockBytes);
    mbedtls_platform_zeroize(block, sizeof block);
}

Digest HmacSha256::finish() {
    Digest digest;
    mbedtls_sha256_finish(&hash_, digest.data());
    start_pass(0x5C);
    mbedtls_sha256_update(&hash_, digest.data(), digest.size());
    mbedtls_sha256_finish(&hash_, digest.data());
    mbedtls_platform_zeroize(this, sizeof *this);
    return digest;
}

}  // namespace wasmbed::crypto
