#include "device/runtime/crypto/drbg.hpp"

#include <algorithm>
#include <mbedtls/platform_util.h>

#include "core/base/endian.hpp"

namespace wasmbed::crypto {
namespace {

constexpr std::size_t kPersonalizationBytesMax = 32;

/// Requests from one seed.
constexpr std::uint32_t kRequestsMax = 10'000;

}  // namespace

Drbg::Drbg(hal::Entropy* entropy, hal::Store* seed_store) : entropy_(entropy), seed_store_(seed_store) {}

Result<void, CryptoError> Drbg::start(Bytes personalization) {
    if (started_) return {};
    if (entropy_ == nullptr) return fail(CryptoError::NoEntropy);
    if (personalization.size() > kPersonalizationBytesMax) return fail(CryptoError::BadArgument);
    Seed old_seed = seed_store_ != nullptr ? SeedFile(*seed_store_).load() : Seed{};
    const Result<void, CryptoError> seeded = seed(personalization, old_seed);
    if (!seeded) return seeded;

    if (seed_store_ != nullptr) {
        Seed next{.boot_count = old_seed.boot_count + 1};
        generator_.generate(next.bytes);
        seed_saved_ = SeedFile(*seed_store_).save(next).has_value();
        boot_count_ = next.boot_count;
        mbedtls_platform_zeroize(next.bytes.data(), next.bytes.size());
    }
    mbedtls_platform_zeroize(old_seed.bytes.data(), old_seed.bytes.size());
    started_ = true;
    return {};
}

Result<void, CryptoError> Drbg::seed(Bytes personalization, const Seed& old_seed) {
    std::array<std::uint8_t, sizeof(old_seed.bytes) + 4 + kPersonalizationBytesMax> custom{};
    std::copy(old_seed.bytes.begin(), old_seed.bytes.end(), custom.begin());
    store_le32(custom.data() + old_seed.bytes.size(), old_seed.boot_count);
    std::copy(personalization.begin(), personalization.end(), custom.end() - kPersonalizationBytesMax);
    std::array<std::uint8_t, HmacDrbg::kEntropyBytes + HmacDrbg::kNonceBytes> entropy;
    const bool filled = entropy_->fill(entropy).has_value();
    if (filled) generator_.instantiate(entropy, custom);
    requests_ = 0;
    mbedtls_platform_zeroize(entropy.data(), entropy.size());
    mbedtls_platform_zeroize(custom.data(), custom.size());
    if (!filled) return fail(CryptoError::NoEntropy);
    return {};
}

bool Drbg::reseed() {
    std::array<std::uint8_t, HmacDrbg::kEntropyBytes> entropy;
    const bool filled = entropy_->fill(entropy).has_value();
    if (filled) generator_.reseed(entropy);
    mbedtls_platform_zeroize(entropy.data(), entropy.size());
    if (filled) requests_ = 1;
    return filled;
}

bool Drbg::do_random(MutableBytes out) {
    if (!started_) return false;
    while (!out.empty()) {
        if (++requests_ > kRequestsMax && !reseed()) return false;
        const MutableBytes part = out.first(std::min(out.size(), HmacDrbg::kRequestBytesMax));
        generator_.generate(part);
        out = out.subspan(part.size());
    }
    return true;
}

}  // namespace wasmbed::crypto
