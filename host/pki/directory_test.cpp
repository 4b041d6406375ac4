#include "host/pki/directory.hpp"

#include <gtest/gtest.h>
#include <map>
#include <sys/stat.h>

#include "host/pki/atomic_file.hpp"
#include "host/pki/testing/temporary_folder.hpp"

namespace wasmbed::pki {
namespace {

namespace fs = std::filesystem;

SystemTime now() {
    return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

struct PkiDirectoryTest : ::testing::Test {
    testing::TemporaryFolder folder;
    fs::path dir = folder.path() / "data" / "pki";
    DirectoryOptions options;

    PkiResult<PkiDirectory> open(SystemTime at = now()) { return PkiDirectory::open_or_create(dir, options, at); }

    std::map<std::string, std::string> contents() {
        std::map<std::string, std::string> out;
        for (const auto& entry : fs::directory_iterator(dir)) {
            out[entry.path().filename()] = read_small_file(entry.path()).value();
        }
        return out;
    }

    std::string failure() {
        auto result = open();
        return result ? "no failure" : result.error().message;
    }
};

TEST_F(PkiDirectoryTest, makes_every_file_of_the_table_with_keys_for_the_owner_only) {
    ASSERT_TRUE(open().has_value());
    for (std::string name : {"device-ca", "service-ca", "user-ca", "apiserver", "gateway-default", "controller",
                             "emulator", "web", "admin"}) {
        EXPECT_TRUE(fs::exists(dir / (name + ".crt"))) << name;
        EXPECT_TRUE(fs::exists(dir / (name + ".key"))) << name;
    }
    EXPECT_TRUE(fs::exists(dir / "manifest-signing.pub"));
    for (const auto& entry : fs::directory_iterator(dir)) {
        struct stat status{};
        ::stat(entry.path().c_str(), &status);
        EXPECT_EQ(status.st_mode & 0777, entry.path().extension() == ".key" ? 0600U : 0644U) << entry.path();
    }
    struct stat status{};
    ::stat(dir.c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777, 0700U);
    EXPECT_FALSE(fs::exists(folder.path() / "data" / "pki.new"));
}

TEST_F(PkiDirectoryTest, certificates_chain_to_the_authority_of_their_kind) {
    PkiDirectory pki = open().value();
    Authority service = pki.authority("service-ca").value();
    for (const char* name : {"apiserver", "gateway-default", "controller", "emulator", "web"}) {
        EXPECT_TRUE(pki.certificate(name)->signed_by(service.certificate())) << name;
    }
    EXPECT_TRUE(pki.certificate("admin")->signed_by(pki.authority("user-ca")->certificate()));
    EXPECT_EQ(pki.certificate("controller")->common_name(), "system:wasmbed:controller");
    int status = 0;
    testing::run("openssl verify -x509_strict -purpose sslclient -CAfile " + (dir / "user-ca.crt").string() + " " +
                     (dir / "admin.crt").string(),
                 status);
    EXPECT_EQ(status, 0);
}

TEST_F(PkiDirectoryTest, second_start_changes_no_byte) {
    ASSERT_TRUE(open().has_value());
    auto before = contents();
    ASSERT_TRUE(open().has_value());
    EXPECT_EQ(contents(), before);
}

TEST_F(PkiDirectoryTest, starts_over_after_a_power_cut_in_the_first_start) {
    fs::create_directories(folder.path() / "data" / "pki.new");
    ASSERT_TRUE(write_file_atomic(folder.path() / "data" / "pki.new" / "device-ca.key", "half", 0600).has_value());
    ASSERT_TRUE(open().has_value());
    EXPECT_TRUE(PkiDirectory::open(dir).has_value());
    EXPECT_FALSE(fs::exists(folder.path() / "data" / "pki.new"));
}

TEST_F(PkiDirectoryTest, refuses_when_any_root_file_is_missing_and_names_it) {
    for (std::string name : {"device-ca.crt", "device-ca.key", "service-ca.crt", "service-ca.key", "user-ca.crt",
                             "user-ca.key", "manifest-signing.key", "manifest-signing.pub"}) {
        fs::remove_all(dir);
        ASSERT_TRUE(open().has_value());
        fs::remove(dir / name);
        EXPECT_NE(failure().find(name + " is missing"), std::string::npos) << failure();
    }
}

TEST_F(PkiDirectoryTest, refuses_an_authority_with_a_foreign_key) {
    ASSERT_TRUE(open().has_value());
    ASSERT_TRUE(write_file_atomic(dir / "device-ca.key", PrivateKey::generate()->to_pem(), 0600).has_value());
    EXPECT_NE(failure().find("device-ca.crt: the private key does not belong"), std::string::npos) << failure();
}

TEST_F(PkiDirectoryTest, refuses_a_damaged_key_and_says_which_file) {
    ASSERT_TRUE(open().has_value());
    ASSERT_TRUE(write_file_atomic(dir / "controller.key", "garbage", 0600).has_value());
    EXPECT_NE(failure().find("controller.key: reading a private key"), std::string::npos) << failure();
}

TEST_F(PkiDirectoryTest, finishes_a_pair_whose_certificate_was_not_written_yet) {
    ASSERT_TRUE(open().has_value());
    std::string key = read_small_file(dir / "web.key").value();
    fs::remove(dir / "web.crt");
    ASSERT_TRUE(open().has_value());
    EXPECT_EQ(read_small_file(dir / "web.key").value(), key);
    EXPECT_TRUE(fs::exists(dir / "web.crt"));
}

TEST_F(PkiDirectoryTest, refuses_a_certificate_without_its_key) {
    ASSERT_TRUE(open().has_value());
    fs::remove(dir / "web.key");
    EXPECT_NE(failure().find("web.crt has no "), std::string::npos) << failure();
}

TEST_F(PkiDirectoryTest, adds_a_gateway_later_without_touching_the_rest) {
    ASSERT_TRUE(open().has_value());
    auto before = contents();
    options.gateways.push_back("second");
    PkiDirectory pki = open().value();
    EXPECT_EQ(pki.certificate("gateway-second")->san_uris(),
              std::vector<std::string>{"wasmbed:gateway:wasmbed/second"});
    auto after = contents();
    for (const auto& [name, content] : before) EXPECT_EQ(after[name], content) << name;
}

TEST_F(PkiDirectoryTest, renews_a_certificate_near_its_end_with_the_same_key) {
    using namespace std::chrono_literals;
    ASSERT_TRUE(open().has_value());
    auto before = contents();
    ASSERT_TRUE(open(now() + 370 * 24h).has_value());
    auto after = contents();
    EXPECT_NE(after["controller.crt"], before["controller.crt"]);
    EXPECT_EQ(after["controller.key"], before["controller.key"]);
    EXPECT_EQ(after["device-ca.crt"], before["device-ca.crt"]);
}

}  // namespace
}  // namespace wasmbed::pki
