// The random source of a device: HMAC_DRBG over the board's entropy and a persisted seed.
#pragma once

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"
#include "device/hal/entropy.hpp"
#include "device/hal/store.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"

namespace wasmbed::crypto {

/// Fails closed: without entropy at `start` it never gives a byte, even when a persisted seed exists. See drbg.cpp for
/// the mix.
class Drbg final : public RandomSource {
  public:
    /// Neither may be null for a usable device; both may be null, then `start` says so.
    Drbg(hal::Entropy* entropy, hal::Store* seed_store) : entropy_(entropy), seed_store_(seed_store) {}

    /// Seeds it. `personalization` is any public text unique to the unit (hardware id). Needs no PSA. NoEntropy when
    /// the source is missing or failed; may then be called again later. Blocks as long as Entropy::fill.
    [[nodiscard]] Result<void, CryptoError> start(Bytes personalization);
    [[nodiscard]] bool started() const { return started_; }
    /// Boots counted in the seed store, this one included; 0 without seed store.
    [[nodiscard]] std::uint32_t boot_count() const { return boot_count_; }

  private:
    static constexpr std::size_t kBlockBytes = 32;
    bool do_random(MutableBytes out) override;
    void update(std::span<const Bytes> data);
    void generate(MutableBytes out);
    bool reseed();

    hal::Entropy* entropy_;
    hal::Store* seed_store_;
    std::array<std::uint8_t, kBlockBytes> key_{};
    std::array<std::uint8_t, kBlockBytes> value_{};
    std::uint32_t generated_ = 0;
    std::uint32_t boot_count_ = 0;
    bool started_ = false;
};

}  // namespace wasmbed::crypto
