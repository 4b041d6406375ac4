// Hashes, MAC, key derivation and authenticated encryption: the part of PSA Crypto that Mbed TLS's TLS 1.3 calls, for
// SHA-256, HMAC, HKDF and AES-128-GCM. Signatures and meaning are the specification's (PSA Certified Crypto API 1.1,
// sections 10.2 to 10.6); an operation is a handle, 0 for none.
#include <algorithm>
#include <cstring>
#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>

#include "device/runtime/crypto/hmac_sha256.hpp"
#include "device/runtime/crypto/psa_keys.hpp"

using wasmbed::Digest;
using wasmbed::crypto::find_key;
using wasmbed::crypto::HmacSha256;
using wasmbed::crypto::PsaKey;

namespace {

/// The transcript of a handshake, its copy where it is needed so far, and one to spare.
constexpr std::size_t kHashesMax = 3;

struct Hash {
    bool used;
    mbedtls_sha256_context context;
};
WASMBED_HANDSHAKE_ONLY Hash g_hashes[kHashesMax];

/// HKDF as TLS 1.3 has it (RFC 5869): extract is the HMAC of the secret under the salt, expand to one block is the HMAC
/// of info and 1 under the secret.
struct Derivation {
    std::uint8_t inputs;
    bool used;
    bool expand;
    HmacSha256 hmac;
};
WASMBED_HANDSHAKE_ONLY Derivation g_derivation;

Hash* hash_of(const psa_hash_operation_t* operation) {
    return operation->handle == 0 || operation->handle > kHashesMax ? nullptr : &g_hashes[operation->handle - 1];
}

psa_status_t put_digest(const Digest& digest, std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    if (size < digest.size()) return PSA_ERROR_BUFFER_TOO_SMALL;
    std::memcpy(out, digest.data(), digest.size());
    *bytes = digest.size();
    return PSA_SUCCESS;
}

/// AES-128-GCM under a key, for one message.
class Gcm {
  public:
    static constexpr std::size_t kTagBytes = 16;

    Gcm() { mbedtls_gcm_init(&context_); }
    ~Gcm() { mbedtls_gcm_free(&context_); }
    psa_status_t start(psa_key_id_t id, psa_key_usage_t usage, psa_algorithm_t algorithm) {
        const PsaKey* key = find_key(id, PSA_KEY_TYPE_AES, usage);
        if (key == nullptr) return PSA_ERROR_INVALID_HANDLE;
        if (algorithm != PSA_ALG_GCM) return PSA_ERROR_NOT_SUPPORTED;
        return mbedtls_gcm_setkey(&context_, MBEDTLS_CIPHER_ID_AES, key->data, 128) == 0
                   ? PSA_SUCCESS
                   : PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    mbedtls_gcm_context* context() { return &context_; }

  private:
    mbedtls_gcm_context context_;
};

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names are PSA's.
extern "C" {

int psa_can_do_hash(psa_algorithm_t) {
    return 0;  // Mbed TLS's own message digests use SHA-256 directly
}

psa_status_t psa_hash_setup(psa_hash_operation_t* operation, psa_algorithm_t algorithm) {
    if (operation->handle != 0) return PSA_ERROR_BAD_STATE;
    if (algorithm != PSA_ALG_SHA_256) return PSA_ERROR_NOT_SUPPORTED;
    Hash* hash = std::ranges::find(g_hashes, false, &Hash::used);
    if (hash == std::end(g_hashes)) return PSA_ERROR_INSUFFICIENT_MEMORY;
    hash->used = true;
    mbedtls_sha256_init(&hash->context);
    mbedtls_sha256_starts(&hash->context, 0);
    operation->handle = static_cast<mbedtls_psa_client_handle_t>(hash - g_hashes) + 1;
    return PSA_SUCCESS;
}

psa_status_t psa_hash_update(psa_hash_operation_t* operation, const std::uint8_t* input, std::size_t size) {
    Hash* hash = hash_of(operation);
    if (hash == nullptr) return PSA_ERROR_BAD_STATE;
    mbedtls_sha256_update(&hash->context, input, size);
    return PSA_SUCCESS;
}

psa_status_t psa_hash_abort(psa_hash_operation_t* operation) {
    if (Hash* hash = hash_of(operation); hash != nullptr) mbedtls_platform_zeroize(hash, sizeof *hash);
    operation->handle = 0;
    return PSA_SUCCESS;
}

psa_status_t psa_hash_finish(psa_hash_operation_t* operation, std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    Hash* hash = hash_of(operation);
    if (hash == nullptr) return PSA_ERROR_BAD_STATE;
    Digest digest;
    mbedtls_sha256_finish(&hash->context, digest.data());
    psa_hash_abort(operation);
    return put_digest(digest, out, size, bytes);
}

psa_status_t psa_hash_clone(const psa_hash_operation_t* source, psa_hash_operation_t* target) {
    const Hash* from = hash_of(source);
    if (from == nullptr) return PSA_ERROR_BAD_STATE;
    const psa_status_t status = psa_hash_setup(target, PSA_ALG_SHA_256);
    if (status == PSA_SUCCESS) hash_of(target)->context = from->context;
    return status;
}

psa_status_t psa_hash_compute(psa_algorithm_t algorithm, const std::uint8_t* input, std::size_t input_bytes,
                              std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    if (algorithm != PSA_ALG_SHA_256) return PSA_ERROR_NOT_SUPPORTED;
    Digest digest;
    mbedtls_sha256(input, input_bytes, digest.data(), 0);
    return put_digest(digest, out, size, bytes);
}

psa_status_t psa_mac_compute(psa_key_id_t id, psa_algorithm_t algorithm, const std::uint8_t* input,
                             std::size_t input_bytes, std::uint8_t* out, std::size_t size, std::size_t* bytes) {
    const PsaKey* key = find_key(id, PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE);
    if (key == nullptr) return PSA_ERROR_INVALID_HANDLE;
    if (algorithm != PSA_ALG_HMAC(PSA_ALG_SHA_256)) return PSA_ERROR_NOT_SUPPORTED;
    HmacSha256 hmac;
    hmac.start(key->key());
    hmac.update({input, input_bytes});
    return put_digest(hmac.finish(), out, size, bytes);
}

psa_status_t psa_key_derivation_setup(psa_key_derivation_operation_t* operation, psa_algorithm_t algorithm) {
    if (operation->handle != 0 || g_derivation.used) return PSA_ERROR_BAD_STATE;
    const bool expand = algorithm == PSA_ALG_HKDF_EXPAND(PSA_ALG_SHA_256);
    if (!expand && algorithm != PSA_ALG_HKDF_EXTRACT(PSA_ALG_SHA_256)) return PSA_ERROR_NOT_SUPPORTED;
    g_derivation.used = true;
    g_derivation.expand = expand;
    operation->handle = 1;
    return PSA_SUCCESS;
}

psa_status_t psa_key_derivation_input_bytes(psa_key_derivation_operation_t* operation, psa_key_derivation_step_t step,
                                            const std::uint8_t* data, std::size_t size) {
    Derivation& derivation = g_derivation;
    const psa_key_derivation_step_t expected[] = {
        derivation.expand ? PSA_KEY_DERIVATION_INPUT_SECRET : PSA_KEY_DERIVATION_INPUT_SALT,
        derivation.expand ? PSA_KEY_DERIVATION_INPUT_INFO : PSA_KEY_DERIVATION_INPUT_SECRET};
    if (operation->handle == 0 || derivation.inputs > 1 || step != expected[derivation.inputs])
        return PSA_ERROR_BAD_STATE;
    if (derivation.inputs++ == 0) {
        derivation.hmac.start({data, size});
    } else {
        derivation.hmac.update({data, size});
    }
    return PSA_SUCCESS;
}

psa_status_t psa_key_derivation_output_bytes(psa_key_derivation_operation_t* operation, std::uint8_t* out,
                                             std::size_t size) {
    Derivation& derivation = g_derivation;
    if (operation->handle == 0 || derivation.inputs != 2) return PSA_ERROR_BAD_STATE;
    if (size > Digest{}.size()) return PSA_ERROR_INSUFFICIENT_DATA;
    static constexpr std::uint8_t kFirstBlock[] = {1};
    if (derivation.expand) derivation.hmac.update(kFirstBlock);
    Digest digest = derivation.hmac.finish();
    std::memcpy(out, digest.data(), size);
    mbedtls_platform_zeroize(digest.data(), digest.size());
    derivation.inputs = 3;
    return PSA_SUCCESS;
}

psa_status_t psa_key_derivation_abort(psa_key_derivation_operation_t* operation) {
    if (operation->handle != 0) mbedtls_platform_zeroize(&g_derivation, sizeof g_derivation);
    operation->handle = 0;
    return PSA_SUCCESS;
}

psa_status_t psa_aead_encrypt(psa_key_id_t id, psa_algorithm_t algorithm, const std::uint8_t* nonce,
                              std::size_t nonce_bytes, const std::uint8_t* additional, std::size_t additional_bytes,
                              const std::uint8_t* plain, std::size_t plain_bytes, std::uint8_t* out, std::size_t size,
                              std::size_t* bytes) {
    if (size < plain_bytes + Gcm::kTagBytes) return PSA_ERROR_BUFFER_TOO_SMALL;
    Gcm gcm;
    if (const psa_status_t status = gcm.start(id, PSA_KEY_USAGE_ENCRYPT, algorithm); status != PSA_SUCCESS)
        return status;
    *bytes = plain_bytes + Gcm::kTagBytes;
    const int code =
        mbedtls_gcm_crypt_and_tag(gcm.context(), MBEDTLS_GCM_ENCRYPT, plain_bytes, nonce, nonce_bytes, additional,
                                  additional_bytes, plain, out, Gcm::kTagBytes, out + plain_bytes);
    return code == 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

psa_status_t psa_aead_decrypt(psa_key_id_t id, psa_algorithm_t algorithm, const std::uint8_t* nonce,
                              std::size_t nonce_bytes, const std::uint8_t* additional, std::size_t additional_bytes,
                              const std::uint8_t* sealed, std::size_t sealed_bytes, std::uint8_t* out, std::size_t size,
                              std::size_t* bytes) {
    if (sealed_bytes < Gcm::kTagBytes) return PSA_ERROR_INVALID_SIGNATURE;
    const std::size_t plain_bytes = sealed_bytes - Gcm::kTagBytes;
    if (size < plain_bytes) return PSA_ERROR_BUFFER_TOO_SMALL;
    Gcm gcm;
    if (const psa_status_t status = gcm.start(id, PSA_KEY_USAGE_DECRYPT, algorithm); status != PSA_SUCCESS)
        return status;
    *bytes = plain_bytes;
    const int code = mbedtls_gcm_auth_decrypt(gcm.context(), plain_bytes, nonce, nonce_bytes, additional,
                                              additional_bytes, sealed + plain_bytes, Gcm::kTagBytes, sealed, out);
    if (code == 0) return PSA_SUCCESS;
    return code == MBEDTLS_ERR_GCM_AUTH_FAILED ? PSA_ERROR_INVALID_SIGNATURE : PSA_ERROR_INVALID_ARGUMENT;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
