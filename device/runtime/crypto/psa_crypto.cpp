#include "device/runtime/crypto/psa_crypto.hpp"

#include <mbedtls/sha256.h>
#include <new>
#include <psa/crypto.h>

#include "device/runtime/crypto/arena.hpp"
#include "device/runtime/crypto/psa_status.hpp"

#ifdef WASMBED_LINK_PSK
#include <wasmbed_handshake.h>
extern "C" {
#include <p256-m.h>
}
#endif

namespace wasmbed::crypto {
namespace {

// Mbed TLS asks for random bytes and memory through C functions without context.
RandomSource* g_random = nullptr;
Arena g_arena;

class MbedSha256 final : public Sha256 {
  public:
    MbedSha256() {
        mbedtls_sha256_init(&context_);
        mbedtls_sha256_starts(&context_, 0);
    }
    ~MbedSha256() override { mbedtls_sha256_free(&context_); }
    void update(Bytes data) override { mbedtls_sha256_update(&context_, data.data(), data.size()); }
    Digest finish() override {
        Digest digest;
        mbedtls_sha256_finish(&context_, digest.data());
        return digest;
    }

  private:
    mbedtls_sha256_context context_;
};
static_assert(sizeof(MbedSha256) <= Crypto::kSha256StorageBytes && alignof(MbedSha256) <= alignof(std::max_align_t));

}  // namespace

CryptoError error_of(psa_status_t status) {
    switch (status) {
        case PSA_ERROR_INSUFFICIENT_ENTROPY:
            return CryptoError::NoEntropy;
        case PSA_ERROR_INSUFFICIENT_MEMORY:
            return CryptoError::NoMemory;
        case PSA_ERROR_BUFFER_TOO_SMALL:
            return CryptoError::BufferTooSmall;
        default:
            return CryptoError::Internal;
    }
}

Result<void, CryptoError> init_psa(std::span<std::byte> arena, RandomSource& random) {
    g_random = &random;
    if (g_arena.size() != 0) return {};
    if (arena.size() < kArenaBytes) return fail(CryptoError::NoMemory);
    g_arena.begin(arena);
    return {};
}

ArenaUse arena_use() {
    return {.peak = g_arena.peak(), .size = g_arena.size()};
}

Digest PsaCrypto::sha256(Bytes data) {
    Digest digest;
    mbedtls_sha256(data.data(), data.size(), digest.data(), 0);
    return digest;
}

#ifdef WASMBED_LINK_PSK

// The key slots there have no room for a point.
bool PsaCrypto::verify_es256(const P256PublicKey& key, const Digest& message_digest, const Es256Signature& signature) {
    return key[0] == 0x04 && p256_ecdsa_verify(signature.data(), key.data() + 1, message_digest.data(),
                                               message_digest.size()) == P256_SUCCESS;
}

#else

bool PsaCrypto::verify_es256(const P256PublicKey& key, const Digest& message_digest, const Es256Signature& signature) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_key_id_t id = PSA_KEY_ID_NULL;
    if (psa_import_key(&attributes, key.data(), key.size(), &id) != PSA_SUCCESS) return false;
    const psa_status_t status = psa_verify_hash(id, PSA_ALG_ECDSA(PSA_ALG_SHA_256), message_digest.data(),
                                                message_digest.size(), signature.data(), signature.size());
    psa_destroy_key(id);
    return status == PSA_SUCCESS;
}

#endif

bool PsaCrypto::random(MutableBytes out) {
    return g_random != nullptr && g_random->random(out);
}

Sha256* PsaCrypto::begin_sha256(std::span<std::byte> storage) {
    const bool aligned = reinterpret_cast<std::uintptr_t>(storage.data()) % alignof(MbedSha256) == 0;
    return aligned && storage.size() >= sizeof(MbedSha256) ? new (storage.data()) MbedSha256 : nullptr;
}

}  // namespace wasmbed::crypto

extern "C" void* wasmbed_calloc(std::size_t count, std::size_t size) {
    return wasmbed::crypto::g_arena.take(count, size);
}
extern "C" void wasmbed_free(void* block) {
#ifdef WASMBED_LINK_PSK
    if (wasmbed_is_handshake_memory(block) != 0) return;
#endif
    wasmbed::crypto::g_arena.give_back(block);
}

// NOLINTNEXTLINE(readability-identifier-naming): the name is PSA's.
extern "C" psa_status_t psa_crypto_init() {
    return PSA_SUCCESS;
}
extern "C" psa_status_t psa_generate_random(std::uint8_t* output, std::size_t output_size) {
    using wasmbed::crypto::g_random;
    if (g_random == nullptr || !g_random->random({output, output_size})) return PSA_ERROR_INSUFFICIENT_ENTROPY;
    return PSA_SUCCESS;
}
