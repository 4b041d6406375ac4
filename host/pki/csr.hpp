// PKCS #10 certificate requests: only their key is ever used.
#pragma once

#include <string_view>
#include <vector>

#include "host/pki/key.hpp"

namespace wasmbed::pki {

/// Longest request that is looked at, bytes; as in core/proto/wire.cddl.
constexpr std::size_t kCsrBytesMax = 1024;

/// The key of a DER request whose signature shows that the sender holds the private key. Names and extensions in it are
/// ignored on purpose. Errors: too long, not a request, trailing bytes, another key type than P-256, a signature that
/// does not match.
PkiResult<PublicKey> parse_csr(Bytes der);

/// A DER request for `key`, as a device makes it; for tests and the fleet simulator.
PkiResult<std::vector<std::uint8_t>> make_csr(const PrivateKey& key, std::string_view common_name);

}  // namespace wasmbed::pki
