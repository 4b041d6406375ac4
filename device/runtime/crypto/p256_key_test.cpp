#include "device/runtime/crypto/p256_key.hpp"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>
#include <vector>

#include "device/runtime/crypto/testing/test_psa.hpp"

namespace wasmbed::crypto {
namespace {

using RequestPtr = std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)>;

class P256KeyTest : public testing::Test {
  protected:
    P256KeyTest() { start_test_psa(); }

    static RequestPtr parse(Bytes der) {
        const unsigned char* at = der.data();
        RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())), X509_REQ_free);
        if (at != der.data() + der.size()) request.reset();
        return request;
    }

    // A certificate of the request's key, signed by some other key.
    static std::vector<std::uint8_t> certificate_for(X509_REQ* request) {
        EVP_PKEY* issuer = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
        X509* certificate = X509_new();
        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
        X509_set_subject_name(certificate, X509_REQ_get_subject_name(request));
        X509_set_issuer_name(certificate, X509_REQ_get_subject_name(request));
        X509_set_pubkey(certificate, X509_REQ_get0_pubkey(request));
        X509_sign(certificate, issuer, EVP_sha256());
        std::vector<std::uint8_t> der(static_cast<std::size_t>(i2d_X509(certificate, nullptr)));
        unsigned char* at = der.data();
        i2d_X509(certificate, &at);
        X509_free(certificate);
        EVP_PKEY_free(issuer);
        return der;
    }

    std::array<std::uint8_t, P256Key::kCsrBytesMax> buffer_;
};

TEST_F(P256KeyTest, request_is_what_another_implementation_accepts) {
    for (int i = 0; i < 20; ++i) {  // often enough for signature integers with and without leading zero bytes
        const auto key = P256Key::generate();
        ASSERT_TRUE(key);
        const auto der = key->make_csr("0b7c2f7e-6a7f-4b51-9f0e-3f1a8c0f9d11", buffer_);
        ASSERT_TRUE(der);
        const RequestPtr request = parse(*der);
        ASSERT_TRUE(request);
        EXPECT_EQ(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())), 1);
        char name[80];
        X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName, name, sizeof(name));
        EXPECT_EQ(std::string(name), "0b7c2f7e-6a7f-4b51-9f0e-3f1a8c0f9d11");
        EXPECT_EQ(X509_REQ_get_attr_count(request.get()), 0);
    }
}

TEST_F(P256KeyTest, the_longest_name_fits_the_stated_size_and_bad_names_are_refused) {
    const auto key = P256Key::generate();
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->make_csr(std::string(64, 'x'), buffer_));
    EXPECT_EQ(key->make_csr(std::string(65, 'x'), buffer_).error(), CryptoError::BadArgument);
    EXPECT_EQ(key->make_csr("", buffer_).error(), CryptoError::BadArgument);
    EXPECT_EQ(key->make_csr("a\nb", buffer_).error(), CryptoError::BadArgument);
    EXPECT_EQ(key->make_csr("x", MutableBytes(buffer_).first(150)).error(), CryptoError::BufferTooSmall);
    EXPECT_EQ(key->make_csr("x", MutableBytes(buffer_).first(20)).error(), CryptoError::BufferTooSmall);
}

TEST_F(P256KeyTest, survives_export_and_import) {
    const auto key = P256Key::generate();
    ASSERT_TRUE(key);
    const auto scalar = key->export_scalar();
    ASSERT_TRUE(scalar);
    const auto again = P256Key::import(*scalar);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_key(), key->public_key());
}

TEST_F(P256KeyTest, refuses_scalars_outside_the_group) {
    P256Scalar scalar{};
    EXPECT_EQ(P256Key::import(scalar).error(), CryptoError::BadKey);
    scalar.fill(0xFF);
    EXPECT_EQ(P256Key::import(scalar).error(), CryptoError::BadKey);
}

/// By OpenSSL's calendar.
std::uint64_t unix_seconds_of(const std::vector<std::uint8_t>& certificate, const ASN1_TIME* (*of)(const X509*)) {
    const std::uint8_t* at = certificate.data();
    X509* parsed = d2i_X509(nullptr, &at, static_cast<long>(certificate.size()));
    ASN1_TIME* epoch = ASN1_TIME_set(nullptr, 0);
    int days = 0;
    int seconds = 0;
    EXPECT_EQ(ASN1_TIME_diff(&days, &seconds, epoch, of(parsed)), 1);
    ASN1_TIME_free(epoch);
    X509_free(parsed);
    return static_cast<std::uint64_t>(days) * 86'400 + static_cast<std::uint64_t>(seconds);
}

TEST_F(P256KeyTest, knows_its_own_certificate_from_others) {
    const auto key = P256Key::generate();
    const auto other = P256Key::generate();
    ASSERT_TRUE(key && other);
    const std::vector<std::uint8_t> certificate = certificate_for(parse(*key->make_csr("device", buffer_)).get());
    Validity validity;
    EXPECT_EQ(key->matches(certificate, &validity), true);
    EXPECT_EQ(validity.from, unix_seconds_of(certificate, X509_get0_notBefore));
    EXPECT_EQ(validity.until, unix_seconds_of(certificate, X509_get0_notAfter));
    EXPECT_EQ(other->matches(certificate), false);
    EXPECT_EQ(key->matches(Bytes(certificate).first(40)).error(), CryptoError::BadCertificate);
    EXPECT_EQ(key->matches({}).error(), CryptoError::BadCertificate);
}

TEST_F(P256KeyTest, gives_its_slot_back) {
    for (int i = 0; i < 100; ++i) {
        auto key = P256Key::generate();
        ASSERT_TRUE(key);
        P256Key moved = std::move(*key);
        auto next = P256Key::generate();
        ASSERT_TRUE(next);
        moved = std::move(*next);
    }
}

}  // namespace
}  // namespace wasmbed::crypto
