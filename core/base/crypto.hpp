// The cryptography that core/ needs, as an interface: Mbed TLS (PSA) implements it on devices, OpenSSL on the host.
#pragma once

#include "core/base/bytes.hpp"

namespace wasmbed {

/// Uncompressed point of a P-256 public key, SEC 1 section 2.3.3: 0x04, X, Y.
using P256PublicKey = std::array<std::uint8_t, 65>;
/// ES256 signature as COSE and JOSE carry it, RFC 9053 section 2.1: R and S, 32 bytes each, big-endian.
using Es256Signature = std::array<std::uint8_t, 64>;

/// A running SHA-256. One object hashes one message; `finish` may be called once. Never blocks.
class Sha256 {
  public:
    virtual ~Sha256() = default;
    virtual void update(Bytes data) = 0;
    virtual Digest finish() = 0;
};

/// Stateless operations. None blocks on I/O; `verify_es256` takes up to 90 million instructions on a Cortex-M3.
class Crypto {
  public:
    virtual ~Crypto() = default;

    /// Digest of one buffer.
    virtual Digest sha256(Bytes data) = 0;

    /// True iff `signature` over the message whose SHA-256 is `message_digest` was made with the private key of `key`.
    /// False for malformed keys too. Takes the digest, not the message, so that nobody needs the message in one piece.
    virtual bool verify_es256(const P256PublicKey& key, const Digest& message_digest,
                              const Es256Signature& signature) = 0;

    /// Fills `out` from a cryptographically secure source; false when there is none, and then `out` must not be used.
    [[nodiscard]] virtual bool random(MutableBytes out) = 0;

    /// Constructs a running hash in `storage`, whose size and alignment suit every implementation; null when it does
    /// not.
    virtual Sha256* begin_sha256(std::span<std::byte> storage) = 0;
    /// Bytes of `storage` that `begin_sha256` needs at most, aligned to std::max_align_t.
    static constexpr std::size_t kSha256StorageBytes = 256;
};

}  // namespace wasmbed
