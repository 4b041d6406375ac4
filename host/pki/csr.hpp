// PKCS #10 certificate requests: they prove who holds a key. What a certificate says is the issuer's affair.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/pki/key.hpp"

namespace wasmbed::pki {

/// Longest request that is looked at, bytes; as in core/proto/wire.cddl.
constexpr std::size_t kCsrBytesMax = 1024;

/// What a request says.
struct CertificateRequest {
    PublicKey key;
    std::string common_name;  ///< never used for the certificate; the caller judges whether it may be asked for
};

/// A DER request whose signature shows that the sender holds the private key. Errors: too long, not a request, trailing
/// bytes, another key type than P-256, a signature that does not match; more than a common name asked for, such as an
/// organization, a subjectAltName or the right to sign.
PkiResult<CertificateRequest> parse_csr(Bytes der);

/// A DER request for `key`, as a device makes it; for tests and the fleet simulator.
PkiResult<std::vector<std::uint8_t>> make_csr(const PrivateKey& key, std::string_view common_name);

}  // namespace wasmbed::pki
