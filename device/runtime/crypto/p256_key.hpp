// The device's own key pair.
#pragma once

#include <string_view>

#include "core/base/crypto.hpp"
#include "core/base/result.hpp"
#include "device/runtime/crypto/error.hpp"

namespace wasmbed::crypto {

/// A private P-256 scalar, big-endian.
using P256Scalar = std::array<std::uint8_t, 32>;

/// When a certificate counts, as Unix seconds; 1970 to 2099.
struct Validity {
    std::uint64_t from = 0;
    std::uint64_t until = 0;
};

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
    /// Whether the certificate's public key is this key's. BadCertificate when it cannot be parsed. `validity`, if
    /// there is one, gets the certificate's.
    [[nodiscard]] Result<bool, CryptoError> matches(Bytes certificate_der, Validity* validity = nullptr) const;

    /// PSA key identifier (psa_key_id_t), for device/runtime/transport.
    [[nodiscard]] std::uint32_t psa_id() const { return id_; }

  private:
    explicit P256Key(std::uint32_t id) : id_(id) {}
    static Result<P256Key, CryptoError> adopt(std::uint32_t id);

    std::uint32_t id_ = 0;
    P256PublicKey public_key_{};
};

}  // namespace wasmbed::crypto
