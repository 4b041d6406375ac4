#include "device/runtime/crypto/drbg.hpp"

#include <algorithm>
#include <mbedtls/hmac_drbg.h>
#include <mbedtls/platform_util.h>
#include <new>

#include "core/base/endian.hpp"

namespace wasmbed::crypto {
namespace {

constexpr std::size_t kPersonalizationBytesMax = 32;

mbedtls_hmac_drbg_context& context(std::byte* state) {
    return *std::launder(reinterpret_cast<mbedtls_hmac_drbg_context*>(state));
}

int read_entropy(void* source, unsigned char* out, std::size_t size) {
    return static_cast<hal::Entropy*>(source)->fill({out, size}) ? 0 : MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED;
}

}  // namespace

Drbg::Drbg(hal::Entropy* entropy, hal::Store* seed_store) : entropy_(entropy), seed_store_(seed_store) {
    static_assert(sizeof(mbedtls_hmac_drbg_context) <= kStateBytes);
    mbedtls_hmac_drbg_init(new (state_) mbedtls_hmac_drbg_context);
}

Drbg::~Drbg() {
    mbedtls_hmac_drbg_free(&context(state_));
}

Result<void, CryptoError> Drbg::start(Bytes personalization) {
    if (started_) return {};
    if (entropy_ == nullptr) return fail(CryptoError::NoEntropy);
    if (personalization.size() > kPersonalizationBytesMax) return fail(CryptoError::BadArgument);
    Seed old_seed = seed_store_ != nullptr ? SeedFile(*seed_store_).load() : Seed{};
    const Result<void, CryptoError> seeded = seed(personalization, old_seed);
    if (!seeded) return seeded;

    if (seed_store_ != nullptr) {
        Seed next{.boot_count = old_seed.boot_count + 1};
        if (mbedtls_hmac_drbg_random(&context(state_), next.bytes.data(), next.bytes.size()) != 0) {
            return fail(CryptoError::Internal);
        }
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
    mbedtls_hmac_drbg_free(&context(state_));
    mbedtls_hmac_drbg_init(&context(state_));
    const int result = mbedtls_hmac_drbg_seed(&context(state_), mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                                              read_entropy, entropy_, custom.data(), custom.size());
    mbedtls_platform_zeroize(custom.data(), custom.size());
    if (result == MBEDTLS_ERR_HMAC_DRBG_ENTROPY_SOURCE_FAILED) return fail(CryptoError::NoEntropy);
    if (result == MBEDTLS_ERR_MD_ALLOC_FAILED) return fail(CryptoError::NoMemory);
    if (result != 0) return fail(CryptoError::Internal);
    return {};
}

bool Drbg::do_random(MutableBytes out) {
    if (!started_) return false;
    while (!out.empty()) {
        const std::size_t count = std::min<std::size_t>(out.size(), MBEDTLS_HMAC_DRBG_MAX_REQUEST);
        if (mbedtls_hmac_drbg_random(&context(state_), out.data(), count) != 0) return false;
        out = out.subspan(count);
    }
    return true;
}

}  // namespace wasmbed::crypto
