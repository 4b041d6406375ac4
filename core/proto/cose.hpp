// COSE_Sign1 with ES256 (RFC 9052 section 4.2, RFC 9053 section 2.1), in the one form that manifest.cddl allows:
// 18([ << {1: -7, 4: kid} >>, {}, payload, signature ]), empty external_aad.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/crypto.hpp"
#include "core/base/result.hpp"
#include "core/proto/cbor_error.hpp"
#include "core/proto/list.hpp"

namespace wasmbed::proto {

inline constexpr std::size_t kKidBytesMax = 16;

/// A key that manifests may be signed with.
struct ManifestKey {
    Bytes kid{};          ///< 1 to 16 bytes
    P256PublicKey key{};  ///< uncompressed point
};

enum class CoseErrorKind : std::uint8_t {
    malformed,      ///< not CBOR, or not the form above; `cbor` says what and where
    unknown_key,    ///< no key has this kid
    bad_signature,  ///< the kid is known, the signature is not of that key over these bytes
};

struct CoseError {
    CoseErrorKind kind{};
    CborError cbor{};
};

/// The payload, a view into `cose`, if one of `keys` signed it. Several keys may share a kid; each is tried.
Result<Bytes, CoseError> cose_verify(Bytes cose, const List<ManifestKey>& keys, Crypto& crypto);

/// What the signer signs with ES256: the Sig_structure of RFC 9052 section 4.4. Errors: `no_room`, `out_of_range`
/// (kid).
Result<Bytes, CborError> cose_sig_structure(MutableBytes out, Bytes kid, Bytes payload);

/// The COSE_Sign1 of `payload`. Errors: `no_room`, `out_of_range` (kid).
Result<Bytes, CborError> cose_encode(MutableBytes out, Bytes kid, Bytes payload, const Es256Signature& signature);

/// Bytes that COSE_Sign1 or its Sig_structure adds to the payload, at most.
inline constexpr std::size_t kCoseOverheadBytes = 128;

}  // namespace wasmbed::proto
