// The random source of a device: HMAC_DRBG (NIST SP 800-90A) over the board's entropy and a persisted seed.
#pragma once

#include "core/base/result.hpp"
#include "device/hal/entropy.hpp"
#include "device/runtime/crypto/error.hpp"
#include "device/runtime/crypto/hmac_drbg.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"
#include "device/runtime/crypto/seed_file.hpp"

namespace wasmbed::crypto {

/// Fails closed: without the hardware source at `start` it never gives a byte, even when a persisted seed exists. The
/// persisted seed only protects against a hardware source that is weaker than it claims: it is mixed in, and replaced
/// in the store before the first byte is given away, so no boot ever starts from the same seed. Reseeds from the
/// hardware source every 10,000 requests.
class Drbg final : public RandomSource {
  public:
    /// `entropy` null: `start` fails. `seed_store` null: nothing is persisted.
    Drbg(hal::Entropy* entropy, hal::Store* seed_store);
    Drbg(const Drbg&) = delete;
    Drbg& operator=(const Drbg&) = delete;

    /// Seeds it; init_psa comes before. `personalization` is public and unique to the unit (hardware id), at most 32
    /// bytes. NoEntropy when the source is missing or failed; may be called again later. Blocks as long as
    /// Entropy::fill.
    [[nodiscard]] Result<void, CryptoError> start(Bytes personalization);
    [[nodiscard]] bool started() const { return started_; }
    /// Boots counted in the seed store, this one included; 0 without a seed store.
    [[nodiscard]] std::uint32_t boot_count() const { return boot_count_; }
    /// False when the seed store refused the new seed; the hardware source alone then protects the next boot.
    [[nodiscard]] bool seed_saved() const { return seed_saved_; }

  private:
    bool do_random(MutableBytes out) override;
    Result<void, CryptoError> seed(Bytes personalization, const Seed& old_seed);
    bool reseed();

    hal::Entropy* entropy_;
    hal::Store* seed_store_;
    HmacDrbg generator_;
    std::uint32_t requests_ = 0;  // since the last seed
    std::uint32_t boot_count_ = 0;
    bool started_ = false;
    bool seed_saved_ = false;
};

}  // namespace wasmbed::crypto
