#include "host/pki/kubeconfig.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "host/pki/atomic_file.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/testing/temporary_folder.hpp"

namespace wasmbed::pki {
namespace {

TEST(Kubeconfig, holds_everything_inline) {
    testing::TemporaryFolder folder;
    SystemTime now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    PkiDirectory pki = PkiDirectory::open_or_create(folder.path() / "pki", {}, now).value();
    auto admin = folder.path() / "kubeconfig";
    ASSERT_TRUE(write_kubeconfigs(pki, "https://127.0.0.1:6443", admin, {"controller", "gateway-default"}).has_value());

    std::string text = read_small_file(admin).value();
    EXPECT_NE(text.find("server: https://127.0.0.1:6443\n"), std::string::npos);
    EXPECT_NE(text.find("namespace: wasmbed\n"), std::string::npos);
    EXPECT_NE(text.find(to_base64(bytes_of(read_small_file(pki.key_path("admin")).value()))), std::string::npos);
    EXPECT_NE(text.find(to_base64(bytes_of(read_small_file(pki.certificate_path("service-ca")).value()))),
              std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(pki.path() / "controller.kubeconfig"));
    EXPECT_TRUE(std::filesystem::exists(pki.path() / "gateway-default.kubeconfig"));
    struct stat status{};
    ::stat(admin.c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(Kubeconfig, names_the_role_that_has_no_certificate) {
    testing::TemporaryFolder folder;
    SystemTime now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    PkiDirectory pki = PkiDirectory::open_or_create(folder.path() / "pki", {}, now).value();
    auto result = write_kubeconfigs(pki, "https://127.0.0.1:1", folder.path() / "kubeconfig", {"nobody"});
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("nobody.crt"), std::string::npos);
}

}  // namespace
}  // namespace wasmbed::pki
