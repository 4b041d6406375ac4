#include "device/runtime/crypto/hmac_drbg.hpp"

#include <algorithm>
#include <mbedtls/platform_util.h>

#include "device/runtime/crypto/hmac_sha256.hpp"

namespace wasmbed::crypto {

HmacDrbg::~HmacDrbg() {
    mbedtls_platform_zeroize(this, sizeof *this);
}

void HmacDrbg::instantiate(Bytes entropy_and_nonce, Bytes personalization) {
    key_.fill(0x00);
    value_.fill(0x01);
    update(entropy_and_nonce, personalization);
}

void HmacDrbg::reseed(Bytes entropy) {
    update(entropy, {});
}

/// V = HMAC(K, V)
void HmacDrbg::next_value() {
    HmacSha256 hmac;
    hmac.start(key_);
    hmac.update(value_);
    value_ = hmac.finish();
}

/// HMAC_DRBG_Update: the second round is for provided data only.
void HmacDrbg::update(Bytes first, Bytes second) {
    const std::uint8_t rounds = first.empty() ? 1 : 2;
    for (std::uint8_t round = 0; round < rounds; ++round) {
        HmacSha256 hmac;
        hmac.start(key_);
        hmac.update(value_);
        hmac.update({&round, 1});
        hmac.update(first);
        hmac.update(second);
        key_ = hmac.finish();
        next_value();
    }
}

void HmacDrbg::generate(MutableBytes out) {
    while (!out.empty()) {
        next_value();
        const std::size_t count = std::min(out.size(), value_.size());
        std::copy_n(value_.begin(), count, out.begin());
        out = out.subspan(count);
    }
    update({}, {});
}

}  // namespace wasmbed::crypto
