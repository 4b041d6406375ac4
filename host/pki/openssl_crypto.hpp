// Hashes, random numbers and signature checks with OpenSSL: the host's side of core/base/crypto.hpp.
#pragma once

#include <string>
#include <vector>

#include "core/base/crypto.hpp"

namespace wasmbed::pki {

/// Stateless, so one object may serve several threads.
class OpenSslCrypto final : public Crypto {
  public:
    Digest sha256(Bytes data) override;
    bool verify_es256(const P256PublicKey& key, const Digest& message_digest, const Es256Signature& signature) override;
    [[nodiscard]] bool random(MutableBytes out) override;
    Sha256* begin_sha256(std::span<std::byte> storage) override;
};

Digest sha256(Bytes data);

/// Lower-case hex, as the objects write digests.
std::string sha256_hex(Bytes data);

/// `count` bytes from the operating system's generator. Ends the process when there is none: nothing here may go on
/// with guessable secrets.
std::vector<std::uint8_t> random_bytes(std::size_t count);

}  // namespace wasmbed::pki
