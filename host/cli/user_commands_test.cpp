// `wasmbed user` against the real API server: what a token lets its owner do, and until when.
#include "host/cli/user_commands.hpp"

#include <gtest/gtest.h>

#include "host/cli/get.hpp"
#include "host/cli/testing/command_test.hpp"

namespace wasmbed::cli {
namespace {

class UserCommands : public CommandTest {
  protected:
    /// The token of a new user; empty when it was refused.
    std::string create(const std::string& name, const std::string& role) {
        run_as(server_.admin(), [&](Context& context) { return create_user(context, {name, role, 1}); });
        auto token = out_.str();
        while (token.ends_with('\n')) token.pop_back();
        return token;
    }
    kube::Kubeconfig with_token(const std::string& token) {
        auto config = server_.admin();
        config.tls.certificate_pem.clear();
        config.tls.key_pem.clear();
        config.token = token;
        return config;
    }
    static Task<int> list_devices(Context& context) { return get(context, {.words = {"dev"}}); }
    static Task<int> make_user(Context& context) { return create_user(context, {"mallory", "admin", 0}); }
};

TEST_F(UserCommands, a_token_gives_the_rights_of_its_role_until_it_is_revoked) {
    auto viewer = with_token(create("ann", "viewer"));
    EXPECT_EQ(run_as(viewer, list_devices), 0) << err_.str();
    EXPECT_EQ(run_as(viewer, make_user), 1);
    EXPECT_NE(err_.str().find("Forbidden"), std::string::npos) << err_.str();
    auto admin = with_token(create("bob", "admin"));
    EXPECT_EQ(run_as(admin, make_user), 0) << err_.str();
    EXPECT_EQ(run_as(admin, list_users), 0);
    EXPECT_NE(out_.str().find("ann"), std::string::npos) << out_.str();
    EXPECT_EQ(out_.str().find(viewer.token), std::string::npos);
    EXPECT_EQ(run_as(admin, [](Context& context) { return revoke_user(context, "ann"); }), 0) << err_.str();
    EXPECT_EQ(run_as(viewer, list_devices), 1);
    EXPECT_NE(err_.str().find("Unauthorized"), std::string::npos) << err_.str();
}

TEST_F(UserCommands, tokens_survive_a_restart) {
    auto viewer = with_token(create("ann", "viewer"));
    server_.stop();
    server_.start();
    EXPECT_EQ(run_as(viewer, list_devices), 0) << err_.str();
}

TEST_F(UserCommands, mistakes_are_named) {
    EXPECT_EQ(create("ann", "king"), "");
    EXPECT_NE(err_.str().find("spec.role: Unsupported value"), std::string::npos) << err_.str();
    EXPECT_EQ(create("Ann Smith", "viewer"), "");
    EXPECT_NE(err_.str().find("metadata.name"), std::string::npos) << err_.str();
    EXPECT_EQ(run_as(server_.admin(), [](Context& context) { return revoke_user(context, "nobody"); }), 1);
    EXPECT_EQ(err_.str(), "error: there is no user and no token \"nobody\"\n");
    EXPECT_EQ(run_as(with_token("wasmbed-00"), list_devices), 1);
}

}  // namespace
}  // namespace wasmbed::cli
