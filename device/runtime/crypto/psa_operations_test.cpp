// The PSA provider against OpenSSL, called as Mbed TLS calls it.
#include <array>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <psa/crypto.h>
#include <string_view>
#include <vector>

#include "device/runtime/crypto/hmac_sha256.hpp"
#include "device/runtime/crypto/testing/test_psa.hpp"

namespace wasmbed::crypto {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer pattern(std::size_t size, int seed = 1) {
    Buffer out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 31 + static_cast<std::size_t>(seed));
    return out;
}

psa_key_id_t import(psa_key_type_t type, psa_key_usage_t usage, Bytes key) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_key_id_t id = PSA_KEY_ID_NULL;
    psa_import_key(&attributes, key.data(), key.size(), &id);
    return id;
}

class PsaOperations : public testing::Test {
  protected:
    PsaOperations() { start_test_psa(); }
};

TEST_F(PsaOperations, hmac_is_openssls_for_keys_of_every_length) {
    const Buffer message = pattern(200, 9);
    for (const std::size_t key_bytes : {0U, 1U, 32U, 63U, 64U, 65U, 131U}) {
        const Buffer key = pattern(key_bytes);
        Digest expected;
        const std::uint8_t none = 0;
        HMAC(EVP_sha256(), key.empty() ? &none : key.data(), static_cast<int>(key.size()), message.data(),
             message.size(), expected.data(), nullptr);
        HmacSha256 hmac;
        hmac.start(key);
        hmac.update(Bytes(message).first(70));
        hmac.update(Bytes(message).subspan(70));
        EXPECT_EQ(hmac.finish(), expected) << key_bytes;
    }
}

/// HKDF by OpenSSL, of one kind.
Buffer openssl_hkdf(int mode, Bytes key, Bytes salt, Bytes info, std::size_t size) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
    EVP_PKEY_derive_init(context);
    EVP_PKEY_CTX_set_hkdf_mode(context, mode);
    EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256());
    EVP_PKEY_CTX_set1_hkdf_key(context, key.data(), static_cast<int>(key.size()));
    if (!salt.empty()) EVP_PKEY_CTX_set1_hkdf_salt(context, salt.data(), static_cast<int>(salt.size()));
    if (!info.empty()) EVP_PKEY_CTX_add1_hkdf_info(context, info.data(), static_cast<int>(info.size()));
    Buffer out(size);
    EVP_PKEY_derive(context, out.data(), &size);
    EVP_PKEY_CTX_free(context);
    return out;
}

Buffer derive(psa_algorithm_t algorithm, psa_key_derivation_step_t first_step, Bytes first,
              psa_key_derivation_step_t second_step, Bytes second, std::size_t size) {
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    Buffer out(size);
    EXPECT_EQ(psa_key_derivation_setup(&operation, algorithm), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_input_bytes(&operation, first_step, first.data(), first.size()), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_input_bytes(&operation, second_step, second.data(), second.size()), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_output_bytes(&operation, out.data(), out.size()), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_abort(&operation), PSA_SUCCESS);
    return out;
}

TEST_F(PsaOperations, key_derivation_is_openssls) {
    const Buffer secret = pattern(32), salt = pattern(32, 5), info = pattern(50, 7);
    EXPECT_EQ(derive(PSA_ALG_HKDF_EXTRACT(PSA_ALG_SHA_256), PSA_KEY_DERIVATION_INPUT_SALT, salt,
                     PSA_KEY_DERIVATION_INPUT_SECRET, secret, 32),
              openssl_hkdf(EVP_PKEY_HKDEF_MODE_EXTRACT_ONLY, secret, salt, {}, 32));
    for (const std::size_t size : {12U, 16U, 32U}) {
        EXPECT_EQ(derive(PSA_ALG_HKDF_EXPAND(PSA_ALG_SHA_256), PSA_KEY_DERIVATION_INPUT_SECRET, secret,
                         PSA_KEY_DERIVATION_INPUT_INFO, info, size),
                  openssl_hkdf(EVP_PKEY_HKDEF_MODE_EXPAND_ONLY, secret, {}, info, size));
    }
}

TEST_F(PsaOperations, key_derivation_out_of_order_or_beyond_a_block_is_an_error) {
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    std::uint8_t out[33];
    EXPECT_EQ(psa_key_derivation_output_bytes(&operation, out, 1), PSA_ERROR_BAD_STATE);
    ASSERT_EQ(psa_key_derivation_setup(&operation, PSA_ALG_HKDF_EXPAND(PSA_ALG_SHA_256)), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO, out, 1), PSA_ERROR_BAD_STATE);
    EXPECT_EQ(psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, out, 1), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_output_bytes(&operation, out, 1), PSA_ERROR_BAD_STATE);
    EXPECT_EQ(psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO, out, 1), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_output_bytes(&operation, out, 33), PSA_ERROR_INSUFFICIENT_DATA);
    EXPECT_EQ(psa_key_derivation_output_bytes(&operation, out, 32), PSA_SUCCESS);
    EXPECT_EQ(psa_key_derivation_output_bytes(&operation, out, 1), PSA_ERROR_BAD_STATE) << "no block is given twice";
    psa_key_derivation_abort(&operation);
}

Buffer openssl_gcm(Bytes key, Bytes nonce, Bytes additional, Bytes plain) {
    Buffer out(plain.size() + 16);
    int size = 0;
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), nonce.data());
    EVP_EncryptUpdate(context, nullptr, &size, additional.data(), static_cast<int>(additional.size()));
    EVP_EncryptUpdate(context, out.data(), &size, plain.data(), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context, out.data() + size, &size);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, out.data() + plain.size());
    EVP_CIPHER_CTX_free(context);
    return out;
}

TEST_F(PsaOperations, encryption_is_openssls_and_a_changed_byte_is_found) {
    const Buffer key = pattern(16), nonce = pattern(12, 3), additional = pattern(5, 4);
    const psa_key_id_t id = import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, key);
    ASSERT_NE(id, PSA_KEY_ID_NULL);
    for (const std::size_t size : {1U, 16U, 100U, 2048U}) {
        const Buffer plain = pattern(size, 8);
        Buffer sealed(size + 16), opened(size);
        std::size_t bytes = 0;
        ASSERT_EQ(psa_aead_encrypt(id, PSA_ALG_GCM, nonce.data(), nonce.size(), additional.data(), additional.size(),
                                   plain.data(), plain.size(), sealed.data(), sealed.size(), &bytes),
                  PSA_SUCCESS);
        EXPECT_EQ(bytes, sealed.size());
        EXPECT_EQ(sealed, openssl_gcm(key, nonce, additional, plain));
        const auto open = [&] {
            return psa_aead_decrypt(id, PSA_ALG_GCM, nonce.data(), nonce.size(), additional.data(), additional.size(),
                                    sealed.data(), sealed.size(), opened.data(), opened.size(), &bytes);
        };
        EXPECT_EQ(open(), PSA_SUCCESS);
        EXPECT_EQ(opened, plain);
        for (const std::size_t at : {std::size_t{0}, size - 1, size, size + 15}) {
            sealed[at] ^= 0x10;
            EXPECT_EQ(open(), PSA_ERROR_INVALID_SIGNATURE) << at;
            sealed[at] ^= 0x10;
        }
    }
    psa_destroy_key(id);
}

TEST_F(PsaOperations, a_key_is_used_as_its_type_and_usage_say_and_not_after_its_end) {
    const Buffer key = pattern(16), nonce = pattern(12);
    std::uint8_t out[32];
    std::size_t bytes = 0;
    const auto seal = [&](psa_key_id_t id, psa_algorithm_t algorithm = PSA_ALG_GCM) {
        return psa_aead_encrypt(id, algorithm, nonce.data(), nonce.size(), nullptr, 0, key.data(), 16, out, sizeof out,
                                &bytes);
    };
    const psa_key_id_t decrypts = import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, key);
    const psa_key_id_t macs = import(PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_SIGN_MESSAGE, key);
    const psa_key_id_t encrypts = import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, key);
    EXPECT_NE(seal(decrypts), PSA_SUCCESS);
    EXPECT_NE(seal(macs), PSA_SUCCESS);
    EXPECT_EQ(seal(encrypts, PSA_ALG_CCM), PSA_ERROR_NOT_SUPPORTED);
    EXPECT_EQ(seal(encrypts), PSA_SUCCESS);
    EXPECT_EQ(psa_export_key(encrypts, out, sizeof out, &bytes), PSA_ERROR_NOT_PERMITTED);
    for (const psa_key_id_t id : {decrypts, macs, encrypts}) EXPECT_EQ(psa_destroy_key(id), PSA_SUCCESS);
    EXPECT_NE(seal(encrypts), PSA_SUCCESS);
    EXPECT_NE(seal(0), PSA_SUCCESS);
    EXPECT_NE(seal(1'000'000), PSA_SUCCESS);
}

TEST_F(PsaOperations, keys_that_cannot_be_are_refused_and_slots_end) {
    EXPECT_EQ(import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, pattern(32)), PSA_KEY_ID_NULL);
    EXPECT_EQ(import(PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, pattern(200)), PSA_KEY_ID_NULL);
    EXPECT_EQ(import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 0, Buffer(32, 0)), PSA_KEY_ID_NULL);
    EXPECT_EQ(import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 0, Buffer(32, 0xFF)), PSA_KEY_ID_NULL);
    EXPECT_EQ(import(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), 0, Buffer(65, 4)), PSA_KEY_ID_NULL);
    std::vector<psa_key_id_t> ids;
    while (const psa_key_id_t id = import(PSA_KEY_TYPE_AES, 0, pattern(16))) ids.push_back(id);
    EXPECT_LE(ids.size(), std::size_t{MBEDTLS_PSA_KEY_SLOT_COUNT});
    EXPECT_GT(ids.size(), 0U);
    for (const psa_key_id_t id : ids) psa_destroy_key(id);
}

TEST_F(PsaOperations, a_copied_hash_goes_its_own_way) {
    psa_hash_operation_t one = PSA_HASH_OPERATION_INIT, two = PSA_HASH_OPERATION_INIT;
    Digest first, second, whole;
    std::size_t bytes = 0;
    ASSERT_EQ(psa_hash_setup(&one, PSA_ALG_SHA_256), PSA_SUCCESS);
    ASSERT_EQ(psa_hash_update(&one, pattern(10).data(), 10), PSA_SUCCESS);
    ASSERT_EQ(psa_hash_clone(&one, &two), PSA_SUCCESS);
    ASSERT_EQ(psa_hash_update(&two, pattern(3).data(), 3), PSA_SUCCESS);
    EXPECT_EQ(psa_hash_finish(&one, first.data(), first.size(), &bytes), PSA_SUCCESS);
    EXPECT_EQ(psa_hash_finish(&two, second.data(), second.size(), &bytes), PSA_SUCCESS);
    EXPECT_EQ(psa_hash_compute(PSA_ALG_SHA_256, pattern(10).data(), 10, whole.data(), whole.size(), &bytes),
              PSA_SUCCESS);
    EXPECT_EQ(first, whole);
    EXPECT_NE(first, second);
    EXPECT_EQ(psa_hash_update(&one, whole.data(), 1), PSA_ERROR_BAD_STATE);
    EXPECT_EQ(psa_hash_abort(&one), PSA_SUCCESS);
}

}  // namespace
}  // namespace wasmbed::crypto
