#include "host/pki/csr.hpp"

#include <gtest/gtest.h>

#include "host/pki/atomic_file.hpp"
#include "host/pki/testing/temporary_folder.hpp"

namespace wasmbed::pki {
namespace {

TEST(ParseCsr, gives_the_key_of_a_request) {
    PrivateKey key = PrivateKey::generate().value();
    auto csr = make_csr(key, "any name").value();
    EXPECT_LE(csr.size(), 300U);
    EXPECT_EQ(parse_csr(csr).value().common_name, "any name");
    EXPECT_EQ(parse_csr(csr).value().key.spki_sha256(), key.public_key().spki_sha256());
}

TEST(ParseCsr, reads_what_the_openssl_command_makes) {
    testing::TemporaryFolder folder;
    std::string base = (folder.path() / "r").string();
    int status = 0;
    testing::run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout " + base +
                     ".key -outform DER -out " + base + ".csr",
                 status);
    ASSERT_EQ(status, 0);
    std::string der = read_small_file(base + ".csr").value();
    PrivateKey key = PrivateKey::from_pem(read_small_file(base + ".key").value()).value();
    EXPECT_EQ(parse_csr(bytes_of(der)).value().key.spki_sha256(), key.public_key().spki_sha256());
}

TEST(ParseCsr, rejects_every_single_changed_byte) {
    auto csr = make_csr(PrivateKey::generate().value(), "d").value();
    for (std::size_t i = 0; i < csr.size(); ++i) {
        auto damaged = csr;
        damaged[i] ^= 0x01;
        EXPECT_FALSE(parse_csr(damaged).has_value()) << "byte " << i;
    }
}

TEST(ParseCsr, rejects_every_truncation_and_trailing_bytes) {
    auto csr = make_csr(PrivateKey::generate().value(), "d").value();
    for (std::size_t length = 0; length < csr.size(); ++length) {
        EXPECT_FALSE(parse_csr(Bytes(csr).first(length)).has_value()) << length << " bytes";
    }
    csr.push_back(0);
    EXPECT_FALSE(parse_csr(csr).has_value());
}

TEST(ParseCsr, rejects_a_request_over_the_limit_and_says_so) {
    std::vector<std::uint8_t> large(kCsrBytesMax + 1);
    auto result = parse_csr(large);
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("1025 bytes"), std::string::npos);
}

TEST(ParseCsr, rejects_requests_for_more_than_a_common_name) {
    testing::TemporaryFolder folder;
    for (std::string wanted : {"-subj /CN=x/O=system:masters", "-subj /O=x", "-subj /CN=x/CN=y",
                               "-subj /CN=x -addext subjectAltName=URI:wasmbed:gateway:wasmbed/default",
                               "-subj /CN=x -addext basicConstraints=critical,CA:TRUE"}) {
        std::string base = (folder.path() / "r").string();
        int status = 0;
        testing::run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes " + wanted + " -keyout " +
                         base + ".key -outform DER -out " + base + ".csr",
                     status);
        ASSERT_EQ(status, 0) << wanted;
        std::string der = read_small_file(base + ".csr").value();
        auto result = parse_csr(bytes_of(der));
        ASSERT_FALSE(result.has_value()) << wanted;
        EXPECT_NE(result.error().message.find("the certificate request asks for"), std::string::npos) << wanted;
    }
}

TEST(ParseCsr, rejects_other_kinds_of_keys) {
    testing::TemporaryFolder folder;
    for (std::string kind : {"ed25519", "ec -pkeyopt ec_paramgen_curve:P-384", "rsa:2048"}) {
        std::string base = (folder.path() / "other").string();
        int status = 0;
        testing::run("openssl req -new -newkey " + kind + " -nodes -subj /CN=x -keyout " + base +
                         ".key -outform DER -out " + base + ".csr",
                     status);
        ASSERT_EQ(status, 0) << kind;
        std::string der = read_small_file(base + ".csr").value();
        auto result = parse_csr(bytes_of(der));
        ASSERT_FALSE(result.has_value()) << kind;
        EXPECT_NE(result.error().message.find("P-256"), std::string::npos) << kind;
    }
}

}  // namespace
}  // namespace wasmbed::pki
