#include "device/runtime/crypto/psa_crypto.hpp"

#include <array>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string_view>

#include "device/runtime/crypto/testing/test_psa.hpp"

namespace wasmbed::crypto {
namespace {

// A signature by another implementation: OpenSSL's ECDSA over P-256.
struct SignedByOpenssl {
    P256PublicKey key;
    Es256Signature signature;
};

SignedByOpenssl sign(const Digest& digest) {
    SignedByOpenssl result;
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, result.key.data(), result.key.size(), &size);
    std::array<unsigned char, 80> der;
    std::size_t der_bytes = der.size();
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
    EVP_PKEY_sign_init(context);
    EVP_PKEY_sign(context, der.data(), &der_bytes, digest.data(), digest.size());
    const unsigned char* at = der.data();
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der_bytes));
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), result.signature.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), result.signature.data() + 32, 32);
    ECDSA_SIG_free(signature);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    return result;
}

TEST(PsaCrypto, hashes_the_example_of_fips_180) {
    constexpr Digest kAbc{0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40,
                          0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17,
                          0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
    PsaCrypto crypto;
    EXPECT_EQ(crypto.sha256(bytes_of("abc")), kAbc);

    alignas(std::max_align_t) std::array<std::byte, Crypto::kSha256StorageBytes> storage;
    Sha256* hash = crypto.begin_sha256(storage);
    ASSERT_NE(hash, nullptr);
    hash->update(bytes_of("a"));
    hash->update(bytes_of("bc"));
    EXPECT_EQ(hash->finish(), kAbc);
    EXPECT_EQ(crypto.begin_sha256(std::span(storage).first(8)), nullptr);
}

TEST(PsaCrypto, verifies_signatures_of_another_implementation_and_no_others) {
    start_test_psa();
    PsaCrypto crypto;
    Digest digest = crypto.sha256(bytes_of("a manifest"));
    SignedByOpenssl made = sign(digest);
    EXPECT_TRUE(crypto.verify_es256(made.key, digest, made.signature));

    made.signature[63] ^= 1;
    EXPECT_FALSE(crypto.verify_es256(made.key, digest, made.signature));
    made.signature[63] ^= 1;
    digest[0] ^= 1;
    EXPECT_FALSE(crypto.verify_es256(made.key, digest, made.signature));
    digest[0] ^= 1;
    made.key[64] ^= 1;  // not on the curve any more
    EXPECT_FALSE(crypto.verify_es256(made.key, digest, made.signature));
    EXPECT_FALSE(crypto.verify_es256(P256PublicKey{}, digest, Es256Signature{}));
}

TEST(PsaCrypto, a_failed_verification_leaves_no_key_slot_taken) {
    start_test_psa();
    PsaCrypto crypto;
    const Digest digest = crypto.sha256(bytes_of("a manifest"));
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(crypto.verify_es256(P256PublicKey{4}, digest, Es256Signature{1}));
    const SignedByOpenssl made = sign(digest);
    EXPECT_TRUE(crypto.verify_es256(made.key, digest, made.signature));
}

}  // namespace
}  // namespace wasmbed::crypto
