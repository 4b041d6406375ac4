#include "services/controller/issuer.hpp"

#include <gtest/gtest.h>

#include "host/base/json.hpp"
#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller {
namespace {

using testing::kNow;

struct IssuerTest : ::testing::Test {
    DeviceIssuer issuer{
        pki::Authority::create("wasmbed device CA", std::chrono::floor<std::chrono::seconds>(kNow)).value()};
    pki::PrivateKey key = pki::PrivateKey::generate().value();
    fleet::Device device = testing::make_device();

    std::string problem() {
        auto result = issuer.issue(device, kNow);
        return result ? "none" : result.error();
    }
};

TEST_F(IssuerTest, issues_for_the_key_of_the_request_with_names_of_our_own) {
    device.enrollment = testing::make_enrollment(key);
    fleet::Identity identity = issuer.issue(device, kNow).value();
    pki::Certificate certificate = pki::Certificate::from_pem(identity.certificate).value();
    EXPECT_EQ(certificate.common_name(), "d1-uid");
    EXPECT_EQ(certificate.san_uris(), std::vector<std::string>{"wasmbed:device:d1-uid"});
    EXPECT_TRUE(certificate.signed_by(pki::Certificate::from_pem(issuer.authority_pem()).value()));
    EXPECT_EQ(identity.public_key_sha256, key.public_key().spki_sha256());
    EXPECT_EQ(identity.serial, certificate.serial());
    EXPECT_EQ(identity.not_after, "2027-12-23T09:00:00Z");
    EXPECT_EQ(issued_at(identity), kNow);
}

TEST_F(IssuerTest, refuses_what_is_no_request_and_says_why) {
    EXPECT_EQ(problem(), "there is no request");
    device.enrollment = testing::make_enrollment(key);
    device.enrollment->csr = "***";
    EXPECT_NE(problem().find("not base64"), std::string::npos);
    device.enrollment->csr = "AAAA";
    EXPECT_NE(problem().find("PKCS #10"), std::string::npos);
    device.enrollment = testing::make_enrollment(key);
    device.enrollment->public_key_sha256 = "other";
    EXPECT_NE(problem().find("publicKeySha256 says other"), std::string::npos);
}

TEST_F(IssuerTest, certificate_that_is_none_has_no_time) {
    EXPECT_EQ(issued_at(fleet::Identity{"garbage", "", "", ""}), std::nullopt);
}

TEST(ManifestSigner, recognizes_its_own_signature_only) {
    ManifestSigner signer(pki::PrivateKey::generate().value());
    auto cose = signer.sign(bytes_of("payload")).value();
    auto payload = signer.verified_payload(cose);
    ASSERT_TRUE(payload.has_value());
    EXPECT_EQ(text_of(*payload), "payload");
    EXPECT_EQ(ManifestSigner(pki::PrivateKey::generate().value()).verified_payload(cose), std::nullopt);
    for (std::size_t i = 0; i < cose.size(); ++i) {
        auto damaged = cose;
        damaged[i] ^= 1;
        EXPECT_EQ(signer.verified_payload(damaged), std::nullopt) << "byte " << i;
    }
}

TEST(ManifestSigner, publishes_kid_and_point) {
    ManifestSigner signer(pki::PrivateKey::generate().value());
    json::value keys = parse_json(signer.trusted_keys_json()).value();
    ASSERT_TRUE(keys.is_array()) << signer.trusted_keys_json();
    ASSERT_EQ(keys.get_array().size(), 1U) << signer.trusted_keys_json();
    EXPECT_EQ(pki::from_hex(json_string(keys.get_array()[0], {"kid"})).value().size(), 8U);
    EXPECT_EQ(pki::from_base64(json_string(keys.get_array()[0], {"publicKey"})).value().size(), 65U);
}

}  // namespace
}  // namespace wasmbed::controller
