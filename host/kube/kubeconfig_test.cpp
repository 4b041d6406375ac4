#include "host/kube/kubeconfig.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "host/kube/kubeconfig_files.hpp"
#include "host/pki/testing/temporary_folder.hpp"

namespace wasmbed::kube {
namespace {

TEST(Kubeconfig, reads_back_what_it_writes) {
    Kubeconfig config;
    config.server = "https://127.0.0.1:6443";
    config.tls.ca_pem = "ca\npem\n";
    config.tls.certificate_pem = "certificate";
    config.tls.key_pem = "key";
    config.token = "12";
    config.default_namespace = "wasmbed";
    auto read = parse_kubeconfig(make_kubeconfig(config), ".");
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->server, config.server);
    EXPECT_EQ(read->tls.ca_pem, config.tls.ca_pem);
    EXPECT_EQ(read->tls.certificate_pem, config.tls.certificate_pem);
    EXPECT_EQ(read->tls.key_pem, config.tls.key_pem);
    EXPECT_EQ(read->token, config.token);
    EXPECT_EQ(read->default_namespace, config.default_namespace);
}

pki::PkiDirectory made_pki(const pki::testing::TemporaryFolder& folder) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return pki::PkiDirectory::open_or_create(folder.path() / "pki", {}, now).value();
}

TEST(KubeconfigFiles, hold_everything_inline_and_are_private) {
    pki::testing::TemporaryFolder folder;
    auto pki = made_pki(folder);
    const auto admin = folder.path() / "kubeconfig";
    ASSERT_TRUE(write_kubeconfigs(pki, "https://127.0.0.1:6443", admin, {"controller", "gateway-default"}));
    for (const auto& [path, name] : {std::pair(admin, "admin"),
                                     {pki.path() / "controller.kubeconfig", "controller"},
                                     {pki.path() / "gateway-default.kubeconfig", "gateway-default"}}) {
        auto read = load_kubeconfig(path.string());
        ASSERT_TRUE(read) << read.error();
        EXPECT_EQ(read->server, "https://127.0.0.1:6443");
        EXPECT_EQ(read->default_namespace, "wasmbed");
        EXPECT_EQ(read->user, name);
        EXPECT_EQ(read->tls.ca_pem, net::read_file(pki.certificate_path("service-ca").string()).value());
        EXPECT_EQ(read->tls.certificate_pem, net::read_file(pki.certificate_path(name).string()).value());
        EXPECT_EQ(read->tls.key_pem, net::read_file(pki.key_path(name).string()).value());
        struct stat status{};
        ::stat(path.c_str(), &status);
        EXPECT_EQ(status.st_mode & 0777, 0600U);
    }
}

TEST(KubeconfigFiles, name_the_role_that_has_no_certificate) {
    pki::testing::TemporaryFolder folder;
    auto result = write_kubeconfigs(made_pki(folder), "https://127.0.0.1:1", folder.path() / "kubeconfig", {"nobody"});
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("nobody.crt"), std::string::npos);
}

TEST(Kubeconfig, says_what_is_missing) {
    auto error_of = [](const char* text) { return parse_kubeconfig(text, ".").error(); };
    EXPECT_NE(error_of("{}").find("current-context"), std::string::npos);
    EXPECT_NE(error_of("current-context: a").find("\"a\" in contexts"), std::string::npos);
    const char* plugin =
        "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
        "clusters: [{name: c, cluster: {server: 'https://x'}}]\nusers: [{name: u, user: {exec: {}}}]\n";
    EXPECT_NE(error_of(plugin).find("plugin"), std::string::npos);
    EXPECT_NE(load_kubeconfig("/nonexistent/config").error().find("/nonexistent/config"), std::string::npos);
}

}  // namespace
}  // namespace wasmbed::kube
