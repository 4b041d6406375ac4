// The keys of the PSA provider: psa_keys.cpp holds them, psa_operations.cpp uses them. Private to this folder.
#pragma once

#include <psa/crypto.h>

#include "core/base/bytes.hpp"

/// Where memory is short, what only handshakes use lies apart: between them it is an app's (link.ld.S). All zero before
/// each handshake.
#if defined(WASMBED_LINK_PSK) && defined(__arm__)
#define WASMBED_HANDSHAKE_ONLY [[gnu::section(".handshake")]]
#else
#define WASMBED_HANDSHAKE_ONLY
#endif

namespace wasmbed::crypto {

/// A key in a slot. Of a P-256 pair `data` holds the scalar, then the public point.
struct PsaKey {
    static constexpr std::size_t kScalarBytes = 32;
    static constexpr std::size_t kPointBytes = 65;  ///< uncompressed, SEC 1 section 2.3.3

    psa_key_attributes_t attributes;  ///< of type 0: the slot is free
    std::uint8_t bytes = 0;           ///< of the key as it was imported: a pair's scalar alone
#ifdef WASMBED_LINK_PSK
    // The one pair of a handshake; no public keys are imported.
    std::uint8_t data[kScalarBytes];
    static std::uint8_t shared_point[kPointBytes];
    std::uint8_t* point() { return shared_point; }
#else
    std::uint8_t data[kScalarBytes + kPointBytes];
    std::uint8_t* point() { return data + kScalarBytes; }
#endif

    Bytes key() const { return {data, bytes}; }
};

/// The key, if there is one of this id and type that may be used so; else null.
PsaKey* find_key(psa_key_id_t id, psa_key_type_t type, psa_key_usage_t usage);

inline constexpr psa_key_type_t kPairType = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
inline constexpr psa_key_type_t kPointType = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);

}  // namespace wasmbed::crypto
