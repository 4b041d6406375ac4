#include "host/kube/kubeconfig.hpp"

#include <gtest/gtest.h>

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
