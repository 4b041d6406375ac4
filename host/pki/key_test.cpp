#include "host/pki/key.hpp"

#include <gtest/gtest.h>

#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::pki {
namespace {

TEST(PrivateKey, survives_pem) {
    PrivateKey key = PrivateKey::generate().value();
    PrivateKey again = PrivateKey::from_pem(key.to_pem()).value();
    EXPECT_EQ(again.public_key().spki_sha256(), key.public_key().spki_sha256());
    EXPECT_TRUE(key.to_pem().starts_with("-----BEGIN PRIVATE KEY-----"));
}

TEST(PrivateKey, two_keys_differ) {
    EXPECT_NE(PrivateKey::generate().value().public_key().point(), PrivateKey::generate().value().public_key().point());
}

TEST(PrivateKey, signature_verifies_only_for_that_message_and_key) {
    OpenSslCrypto crypto;
    PrivateKey key = PrivateKey::generate().value();
    P256PublicKey point = key.public_key().point();
    Es256Signature signature = key.sign_es256(bytes_of("message")).value();
    EXPECT_TRUE(crypto.verify_es256(point, crypto.sha256(bytes_of("message")), signature));
    EXPECT_FALSE(crypto.verify_es256(point, crypto.sha256(bytes_of("messagf")), signature));
    EXPECT_FALSE(crypto.verify_es256(PrivateKey::generate().value().public_key().point(),
                                     crypto.sha256(bytes_of("message")), signature));
    signature[40] ^= 1;
    EXPECT_FALSE(crypto.verify_es256(point, crypto.sha256(bytes_of("message")), signature));
}

TEST(PrivateKey, rejects_text_that_is_no_key_and_other_curves) {
    auto nothing = PrivateKey::from_pem("hello");
    ASSERT_FALSE(nothing.has_value());
    EXPECT_NE(nothing.error().message.find("private key"), std::string::npos);
    // `openssl genpkey -algorithm ED25519`
    auto ed25519 = PrivateKey::from_pem(
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END "
        "PRIVATE KEY-----\n");
    ASSERT_FALSE(ed25519.has_value());
    EXPECT_NE(ed25519.error().message.find("P-256"), std::string::npos);
}

TEST(PublicKey, round_trips_through_its_point) {
    PublicKey key = PrivateKey::generate().value().public_key();
    EXPECT_EQ(key.point()[0], 4);
    EXPECT_EQ(PublicKey::from_point(key.point()).value().spki_der(), key.spki_der());
}

TEST(PublicKey, rejects_a_point_off_the_curve) {
    P256PublicKey point = PrivateKey::generate().value().public_key().point();
    point[10] ^= 1;
    EXPECT_FALSE(PublicKey::from_point(point).has_value());
}

TEST(ManifestKeyId, is_the_start_of_the_digest_of_the_point) {
    P256PublicKey point = PrivateKey::generate().value().public_key().point();
    auto id = manifest_key_id(point);
    EXPECT_TRUE(std::equal(id.begin(), id.end(), sha256(point).begin()));
}

}  // namespace
}  // namespace wasmbed::pki
