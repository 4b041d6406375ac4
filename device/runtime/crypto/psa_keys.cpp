// Keys and P-256: the part of PSA Crypto that Mbed TLS calls, on p256-m. Signatures and meaning are the specification's
// (PSA Certified Crypto API 1.1, sections 9 and 10.7 to 10.8); what is not asked for here (persistent keys, other
// curves, policies beyond usage flags) answers PSA_ERROR_NOT_SUPPORTED.
#include "device/runtime/crypto/psa_keys.hpp"

#include <cstring>
#include <mbedtls/platform_util.h>

extern "C" {
#include <p256-m.h>
}

using wasmbed::crypto::find_key;
using wasmbed::crypto::kPairType;
using wasmbed::crypto::kPointType;
using wasmbed::crypto::PsaKey;

namespace {

PsaKey g_keys[MBEDTLS_PSA_KEY_SLOT_COUNT];

psa_status_t status_of(int p256) {
    switch (p256) {
        case P256_SUCCESS:
            return PSA_SUCCESS;
        case P256_INVALID_PUBKEY:
        case P256_INVALID_PRIVKEY:
            return PSA_ERROR_INVALID_ARGUMENT;
        case P256_INVALID_SIGNATURE:
            return PSA_ERROR_INVALID_SIGNATURE;
        case P256_RANDOM_FAILED:
            return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    return PSA_ERROR_GENERIC_ERROR;
}

PsaKey* free_slot() {
    for (PsaKey& key : g_keys) {
        if (psa_get_key_type(&key.attributes) == PSA_KEY_TYPE_NONE) return &key;
    }
    return nullptr;
}

psa_status_t take(PsaKey& key, const psa_key_attributes_t& attributes, std::size_t bytes, psa_key_id_t* id) {
    key.attributes = attributes;
    key.bytes = static_cast<std::uint8_t>(bytes);
    // A point is of twice the bits of its curve, and a byte.
    psa_set_key_bits(&key.attributes, psa_get_key_type(&attributes) == kPointType ? 256 : 8 * bytes);
    *id = static_cast<psa_key_id_t>(&key - g_keys) + 1;
    return PSA_SUCCESS;
}

psa_status_t copy_out(wasmbed::Bytes from, std::uint8_t* to, std::size_t size, std::size_t* bytes) {
    if (from.size() > size) return PSA_ERROR_BUFFER_TOO_SMALL;
    std::memcpy(to, from.data(), from.size());
    *bytes = from.size();
    return PSA_SUCCESS;
}

/// Whether bytes can be a key of this type: a point on the curve, a scalar of its group, an AES-128 key.
psa_status_t check(psa_key_type_t type, wasmbed::Bytes key) {
    if (type == kPairType)
        return key.size() == PsaKey::kScalarBytes ? status_of(p256_validate_privkey(key.data()))
                                                  : PSA_ERROR_INVALID_ARGUMENT;
    if (type == kPointType) {
        const bool uncompressed = key.size() == PsaKey::kPointBytes && key[0] == 0x04;
        return uncompressed ? status_of(p256_validate_pubkey(key.data() + 1)) : PSA_ERROR_INVALID_ARGUMENT;
    }
    if (type == PSA_KEY_TYPE_AES) return key.size() == 16 ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
    return key.empty() || key.size() > sizeof PsaKey::data ? PSA_ERROR_NOT_SUPPORTED : PSA_SUCCESS;
}

}  // namespace

namespace wasmbed::crypto {

#ifdef WASMBED_LINK_PSK
WASMBED_HANDSHAKE_ONLY std::uint8_t PsaKey::shared_point[kPointBytes];
#endif

PsaKey* find_key(psa_key_id_t id, psa_key_type_t type, psa_key_usage_t usage) {
    if (id == 0 || id > std::size(g_keys)) return nullptr;
    PsaKey& key = g_keys[id - 1];
    const bool suits =
        psa_get_key_type(&key.attributes) == type && (psa_get_key_usage_flags(&key.attributes) & usage) == usage;
    return suits ? &key : nullptr;
}

}  // namespace wasmbed::crypto

// NOLINTBEGIN(readability-identifier-naming): the names are PSA's.
extern "C" {

psa_status_t psa_import_key(const psa_key_attributes_t* attributes, const std::uint8_t* data, std::size_t size,
                            psa_key_id_t* id) {
    *id = PSA_KEY_ID_NULL;
    if (const psa_status_t status = check(psa_get_key_type(attributes), {data, size}); status != PSA_SUCCESS)
        return status;
    PsaKey* key = free_slot();
    if (key == nullptr) return PSA_ERROR_INSUFFICIENT_MEMORY;
    std::memcpy(key->data, data, size);
    // A scalar that p256-m takes has a point.
    if (psa_get_key_type(attributes) == kPairType) {
        key->point()[0] = 0x04;
        (void)p256_public_from_private(key->point() + 1, key->data);
    }
    return take(*key, *attributes, size, id);
}

psa_status_t psa_generate_key(const psa_key_attributes_t* attributes, psa_key_id_t* id) {
    *id = PSA_KEY_ID_NULL;
    if (psa_get_key_type(attributes) != kPairType || psa_get_key_bits(attributes) != 256)
        return PSA_ERROR_NOT_SUPPORTED;
    PsaKey* key = free_slot();
    if (key == nullptr) return PSA_ERROR_INSUFFICIENT_MEMORY;
    key->point()[0] = 0x04;
    if (const int made = p256_gen_keypair(key->data, key->point() + 1); made != P256_SUCCESS) return status_of(made);
    return take(*key, *attributes, PsaKey::kScalarBytes, id);
}

psa_status_t psa_destroy_key(psa_key_id_t id) {
    if (id == PSA_KEY_ID_NULL) return PSA_SUCCESS;
    if (id > std::size(g_keys)) return PSA_ERROR_INVALID_HANDLE;
    mbedtls_platform_zeroize(&g_keys[id - 1], sizeof(PsaKey));
    return PSA_SUCCESS;
}

psa_status_t psa_get_key_attributes(psa_key_id_t id, psa_key_attributes_t* attributes) {
    if (id == PSA_KEY_ID_NULL || id > std::size(g_keys)) return PSA_ERROR_INVALID_HANDLE;
    *attributes = g_keys[id - 1].attributes;
    return psa_get_key_type(attributes) == PSA_KEY_TYPE_NONE ? PSA_ERROR_INVALID_HANDLE : PSA_SUCCESS;
}

psa_status_t psa_export_key(psa_key_id_t id, std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    psa_key_attributes_t attributes;
    if (psa_get_key_attributes(id, &attributes) != PSA_SUCCESS) return PSA_ERROR_INVALID_HANDLE;
    const PsaKey* key = find_key(id, psa_get_key_type(&attributes), PSA_KEY_USAGE_EXPORT);
    return key == nullptr ? PSA_ERROR_NOT_PERMITTED : copy_out(key->key(), out, size, bytes);
}

psa_status_t psa_export_public_key(psa_key_id_t id, std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    PsaKey* key = find_key(id, kPairType, 0);
    return key == nullptr ? PSA_ERROR_INVALID_HANDLE : copy_out({key->point(), PsaKey::kPointBytes}, out, size, bytes);
}

psa_status_t psa_raw_key_agreement(psa_algorithm_t algorithm, psa_key_id_t id, const std::uint8_t* peer,
                                   std::size_t peer_bytes, std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    const PsaKey* key = find_key(id, kPairType, PSA_KEY_USAGE_DERIVE);
    if (key == nullptr) return PSA_ERROR_INVALID_HANDLE;
    if (algorithm != PSA_ALG_ECDH) return PSA_ERROR_NOT_SUPPORTED;
    if (peer_bytes != PsaKey::kPointBytes || peer[0] != 0x04) return PSA_ERROR_INVALID_ARGUMENT;
    if (size < PsaKey::kScalarBytes) return PSA_ERROR_BUFFER_TOO_SMALL;
    *bytes = PsaKey::kScalarBytes;
    return status_of(p256_ecdh_shared_secret(out, key->data, peer + 1));
}

psa_status_t psa_sign_hash(psa_key_id_t id, psa_algorithm_t, const std::uint8_t* hash, std::size_t hash_bytes,
                           std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    const PsaKey* key = find_key(id, kPairType, PSA_KEY_USAGE_SIGN_HASH);
    if (key == nullptr) return PSA_ERROR_INVALID_HANDLE;
    if (size < 2 * PsaKey::kScalarBytes) return PSA_ERROR_BUFFER_TOO_SMALL;
    *bytes = 2 * PsaKey::kScalarBytes;
    return status_of(p256_ecdsa_sign(out, key->data, hash, hash_bytes));
}

psa_status_t psa_verify_hash(psa_key_id_t id, psa_algorithm_t, const std::uint8_t* hash, std::size_t hash_bytes,
                             const std::uint8_t* signature, std::size_t size) {
    const PsaKey* key = find_key(id, kPointType, PSA_KEY_USAGE_VERIFY_HASH);
    if (key == nullptr) return PSA_ERROR_INVALID_HANDLE;
    if (size != 2 * PsaKey::kScalarBytes) return PSA_ERROR_INVALID_SIGNATURE;
    return status_of(p256_ecdsa_verify(signature, key->data + 1, hash, hash_bytes));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
