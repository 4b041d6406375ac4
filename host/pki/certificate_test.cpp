#include "host/pki/certificate.hpp"

#include <gtest/gtest.h>

#include "host/pki/atomic_file.hpp"
#include "host/pki/testing/temporary_folder.hpp"

namespace wasmbed::pki {
namespace {

using namespace std::chrono_literals;

SystemTime now() {
    return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

struct CertificateTest : ::testing::Test {
    Authority authority = Authority::create("wasmbed device CA", now()).value();
    PrivateKey key = PrivateKey::generate().value();
};

TEST_F(CertificateTest, device_certificate_says_the_uid_and_nothing_more) {
    Certificate certificate = authority.issue(key.public_key(), device_profile("0000-11"), now()).value();
    EXPECT_EQ(certificate.common_name(), "0000-11");
    EXPECT_EQ(certificate.san_uris(), std::vector<std::string>{"wasmbed:device:0000-11"});
    EXPECT_EQ(certificate.public_key().spki_sha256(), key.public_key().spki_sha256());
    EXPECT_FALSE(certificate.is_authority());
    EXPECT_TRUE(certificate.signed_by(authority.certificate()));
    EXPECT_EQ(certificate.not_after() - certificate.not_before(), 397 * 24h + 5min);
    EXPECT_EQ(certificate.serial().size(), 32U);
}

TEST_F(CertificateTest, fits_the_factory_partition_and_the_link) {
    EXPECT_LE(authority.certificate().to_der().size(), 1024U);
    EXPECT_LE(authority.issue(key.public_key(), device_profile(std::string(36, 'f')), now())->to_der().size(), 2048U);
}

TEST_F(CertificateTest, survives_pem_and_der) {
    Certificate certificate = authority.issue(key.public_key(), device_profile("u"), now()).value();
    EXPECT_EQ(Certificate::from_pem(certificate.to_pem())->to_der(), certificate.to_der());
    EXPECT_EQ(Certificate::from_der(certificate.to_der())->serial(), certificate.serial());
}

TEST_F(CertificateTest, rejects_damaged_text_and_trailing_bytes) {
    EXPECT_FALSE(Certificate::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").has_value());
    auto der = authority.certificate().to_der();
    der.push_back(0);
    EXPECT_FALSE(Certificate::from_der(der).has_value());
}

TEST_F(CertificateTest, another_authority_of_the_same_name_did_not_sign_it) {
    Authority other = Authority::create("wasmbed device CA", now()).value();
    Certificate certificate = authority.issue(key.public_key(), device_profile("u"), now()).value();
    EXPECT_FALSE(certificate.signed_by(other.certificate()));
}

TEST_F(CertificateTest, never_outlives_its_authority) {
    Authority brief = Authority::create("brief", now(), std::chrono::days{10}).value();
    Certificate certificate = brief.issue(key.public_key(), device_profile("u"), now()).value();
    EXPECT_EQ(certificate.not_after(), brief.certificate().not_after());
}

TEST_F(CertificateTest, a_comma_in_a_name_adds_no_other_name) {
    Profile profile = device_profile("u,DNS:evil.example");
    Certificate certificate = authority.issue(key.public_key(), profile, now()).value();
    EXPECT_EQ(certificate.san_uris(), std::vector<std::string>{"wasmbed:device:u,DNS:evil.example"});
}

TEST_F(CertificateTest, rejects_an_address_that_is_none) {
    Profile profile = apiserver_profile();
    profile.ip_addresses = {"not-an-address"};
    EXPECT_FALSE(authority.issue(key.public_key(), profile, now()).has_value());
}

TEST_F(CertificateTest, authority_needs_its_own_key_and_a_ca_certificate) {
    Certificate leaf = authority.issue(key.public_key(), device_profile("u"), now()).value();
    auto no_ca =
        Authority::from(Certificate::from_pem(leaf.to_pem()).value(), PrivateKey::from_pem(key.to_pem()).value());
    ASSERT_FALSE(no_ca.has_value());
    EXPECT_NE(no_ca.error().message.find("not a CA"), std::string::npos);
    auto foreign = Authority::from(Certificate::from_pem(authority.certificate().to_pem()).value(),
                                   PrivateKey::from_pem(key.to_pem()).value());
    ASSERT_FALSE(foreign.has_value());
    EXPECT_NE(foreign.error().message.find("does not belong"), std::string::npos);
}

TEST_F(CertificateTest, openssl_command_verifies_chain_purpose_and_names) {
    testing::TemporaryFolder folder;
    std::string ca = (folder.path() / "ca.crt").string();
    std::string gateway = (folder.path() / "gateway.crt").string();
    std::string device = (folder.path() / "device.crt").string();
    ASSERT_TRUE(write_file_atomic(ca, authority.certificate().to_pem(), 0644).has_value());
    ASSERT_TRUE(
        write_file_atomic(
            gateway, authority.issue(key.public_key(), gateway_profile("wasmbed", "default"), now())->to_pem(), 0644)
            .has_value());
    ASSERT_TRUE(
        write_file_atomic(device, authority.issue(key.public_key(), device_profile("uid-1"), now())->to_pem(), 0644)
            .has_value());
    int status = 0;
    std::string verify = "openssl verify -x509_strict -CAfile " + ca;
    EXPECT_NE(testing::run(verify + " -purpose sslserver -verify_hostname localhost " + gateway, status).find(": OK"),
              std::string::npos);
    EXPECT_EQ(status, 0);
    testing::run(verify + " -purpose sslserver -verify_ip 127.0.0.1 " + gateway, status);
    EXPECT_EQ(status, 0);
    testing::run(verify + " -purpose sslclient " + device, status);
    EXPECT_EQ(status, 0);
    testing::run(verify + " -purpose sslserver " + device, status);
    EXPECT_NE(status, 0) << "a device certificate must not serve";
    std::string text = testing::run("openssl x509 -noout -subject -ext subjectAltName -in " + gateway, status);
    EXPECT_NE(text.find("O = wasmbed:gateways, CN = system:wasmbed:gateway:default"), std::string::npos) << text;
    EXPECT_NE(text.find("URI:wasmbed:gateway:wasmbed/default"), std::string::npos) << text;
}

}  // namespace
}  // namespace wasmbed::pki
