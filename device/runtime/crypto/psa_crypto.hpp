// core/base/crypto.hpp on PSA Crypto (Mbed TLS).
#pragma once

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"
#include "device/runtime/crypto/error.hpp"

namespace wasmbed::crypto {

/// Where PSA takes its random bytes from.
class RandomSource {
  public:
    /// Fills `out`; false when no secure bytes can be had, and then `out` must not be used.
    [[nodiscard]] bool random(MutableBytes out) { return do_random(out); }

  protected:
    ~RandomSource() = default;

  private:
    virtual bool do_random(MutableBytes out) = 0;
};

/// Gives the library its only memory and its random source, and starts PSA. PSA is global by its nature: call once per
/// process, before anything else in this folder or device/runtime/transport; both arguments must live on. A later call
/// replaces the random source only. `arena` of kArenaBytes suffices for one TLS session.
[[nodiscard]] Result<void, CryptoError> init_psa(std::span<std::byte> arena, RandomSource& random);
#ifdef WASMBED_LINK_PSK
inline constexpr std::size_t kArenaBytes = 1456;
#else
inline constexpr std::size_t kArenaBytes = (sizeof(void*) == 8 ? 20 : 13) * 1024;
#endif

/// Up to where the arena was ever in use, and its size.
struct ArenaUse {
    std::size_t peak;
    std::size_t size;
};
[[nodiscard]] ArenaUse arena_use();

/// Needs init_psa before `random` and `verify_es256`.
class PsaCrypto final : public Crypto {
  public:
    Digest sha256(Bytes data) override;
    bool verify_es256(const P256PublicKey& key, const Digest& message_digest, const Es256Signature& signature) override;
    bool random(MutableBytes out) override;
    Sha256* begin_sha256(std::span<std::byte> storage) override;
};

}  // namespace wasmbed::crypto
