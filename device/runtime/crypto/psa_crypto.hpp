// core/base/crypto.hpp on PSA Crypto (Mbed TLS), and the device's own key.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"

namespace wasmbed::crypto {

enum class CryptoError : std::uint8_t {
    NoEntropy,       ///< the random source is missing or failed; nothing secret may be made
    NoMemory,        ///< the crypto arena or the key slots are used up
    BadKey,          ///< not a P-256 private scalar
    BadCertificate,  ///< not a DER X.509 certificate with a P-256 key
    BadArgument,     ///< a length or character outside the documented range
    BufferTooSmall,  ///< the result does not fit `out`
    Internal,        ///< the library failed in a way the above do not cover
};
[[nodiscard]] const char* text_of(CryptoError error);

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
inline constexpr std::size_t kArenaBytes = 20 * 1024;

/// Most bytes of the arena that were ever in use, and its size.
struct ArenaUse {
    std::size_t peak;
    std::size_t size;
};
[[nodiscard]] ArenaUse arena_use();

/// Needs init_psa before `random` and `verify_es256`.
class PsaCrypto final : public Crypto {
  public:
    Digest sha256(Bytes data) override;
    bool verify_es256(const P256PublicKey& key, Bytes message, const Es256Signature& signature) override;
    bool random(MutableBytes out) override;
    Sha256* begin_sha256(std::span<std::byte> storage) override;
};

/// A private P-256 scalar, big-endian.
using P256Scalar = std::array<std::uint8_t, 32>;

/// The device's own key pair, held in a PSA key slot. Movable; destroys the slot's key at the end. Signing and
/// generating take up to 90 million instructions on a Cortex-M3 and do not return before.
class P256Key {
  public:
    [[nodiscard]] static Result<P256Key, CryptoError> generate();
    [[nodiscard]] static Result<P256Key, CryptoError> import(const P256Scalar& scalar);

    P256Key(P256Key&& other) noexcept;
    P256Key& operator=(P256Key&& other) noexcept;
    P256Key(const P256Key&) = delete;
    P256Key& operator=(const P256Key&) = delete;
    ~P256Key();

    /// The secret itself, for the store. The caller erases its copy after use.
    [[nodiscard]] Result<P256Scalar, CryptoError> export_scalar() const;
    [[nodiscard]] const P256PublicKey& public_key() const { return public_key_; }
    /// A PKCS #10 request (RFC 2986) with subject CN=`common_name` (1..64 printable ASCII characters) and no
    /// attributes, signed ES256, written to `out`; returns its bytes. kCsrBytesMax always suffices.
    [[nodiscard]] Result<Bytes, CryptoError> make_csr(std::string_view common_name, MutableBytes out) const;
    static constexpr std::size_t kCsrBytesMax = 320;
    /// Whether the certificate's public key is this key's. BadCertificate when it cannot be parsed.
    [[nodiscard]] Result<bool, CryptoError> matches(Bytes certificate_der) const;

    /// PSA key identifier (psa_key_id_t), for device/runtime/transport.
    [[nodiscard]] std::uint32_t psa_id() const { return id_; }

  private:
    explicit P256Key(std::uint32_t id) : id_(id) {}
    static Result<P256Key, CryptoError> adopt(std::uint32_t id);

    std::uint32_t id_ = 0;
    P256PublicKey public_key_{};
};

}  // namespace wasmbed::crypto
