// The factory partition of provision.cddl: written once by whoever makes the device.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/proto/cbor_error.hpp"
#include "core/proto/cose.hpp"
#include "core/proto/list.hpp"

namespace wasmbed::proto {

/// Largest partition, header included, bytes.
inline constexpr std::size_t kProvisionBytesMax = 4096;
/// The same for boards with a pre-shared key, whose RAM has no room for more.
inline constexpr std::size_t kPskProvisionBytesMax = 256;

/// Absent when `id` is empty.
struct EnrollToken {
    std::string_view id{};
    Bytes secret{};  ///< 32 bytes
};

/// Views: into the partition after decoding, into the caller's memory when encoding.
struct Provision {
    std::string_view name{};  ///< "namespace/name", or empty
    std::string_view uid{};   ///< or empty
    List<Bytes> roots{};      ///< service roots, X.509 DER
    List<ManifestKey> manifest_keys{};
    List<std::string_view> gateways{};  ///< "host:port"
    EnrollToken token{};
};

enum class ProvisionErrorKind : std::uint8_t {
    blank,         ///< no magic: never written
    bad_length,    ///< the length says more than the partition has
    bad_checksum,  ///< decayed or half written
    malformed,     ///< `cbor` says what and where, counted from the item's start
};

struct ProvisionError {
    ProvisionErrorKind kind{};
    CborError cbor{};
};

/// Reads a partition; bytes after the item are ignored (an erased rest).
Result<Provision, ProvisionError> decode_provision(Bytes partition);

/// Writes header and item into `out`. Errors: `no_room`, `out_of_range` (a field outside provision.cddl).
Result<Bytes, CborError> encode_provision(MutableBytes out, const Provision& provision);

}  // namespace wasmbed::proto
