// P-256 keys: the only kind the project uses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/crypto.hpp"
#include "host/pki/error.hpp"
#include "host/pki/openssl_ptr.hpp"

namespace wasmbed::pki {

/// A P-256 public key. Immutable; safe to read from several threads.
class PublicKey {
  public:
    /// Takes ownership of `key`; an error unless it is a P-256 key.
    static PkiResult<PublicKey> from_evp(EvpKeyPtr key);
    /// From an uncompressed point; an error when it is not on the curve.
    static PkiResult<PublicKey> from_point(const P256PublicKey& point);

    /// Uncompressed point, 65 bytes.
    P256PublicKey point() const;
    /// SubjectPublicKeyInfo, DER.
    std::vector<std::uint8_t> spki_der() const;
    /// Lower-case hex SHA-256 of the SubjectPublicKeyInfo: the name of the key in the objects (`publicKeySha256`).
    std::string spki_sha256() const;
    /// "-----BEGIN PUBLIC KEY-----" form.
    std::string to_pem() const;

    evp_pkey_st* evp() const { return key_.get(); }

  private:
    explicit PublicKey(EvpKeyPtr key) : key_(std::move(key)) {}
    EvpKeyPtr key_;
};

/// A P-256 private key. It is never logged and never part of an error.
class PrivateKey {
  public:
    static PkiResult<PrivateKey> generate();
    /// From PKCS #8 or SEC 1 PEM, unencrypted.
    static PkiResult<PrivateKey> from_pem(std::string_view pem);

    /// PKCS #8 PEM, unencrypted: for a file with mode 0600 only.
    std::string to_pem() const;
    PublicKey public_key() const;

    /// ES256 over `message` as COSE wants it: R and S, 32 bytes each, big-endian (RFC 9053 section 2.1).
    PkiResult<Es256Signature> sign_es256(Bytes message) const;

    evp_pkey_st* evp() const { return key_.get(); }

  private:
    explicit PrivateKey(EvpKeyPtr key) : key_(std::move(key)) {}
    EvpKeyPtr key_;
};

/// Key id of a manifest-signing key: the first 8 bytes of SHA-256 of the uncompressed point.
std::array<std::uint8_t, 8> manifest_key_id(const P256PublicKey& point);

}  // namespace wasmbed::pki
