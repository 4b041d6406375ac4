#include "host/fleet/manifest_content.hpp"

#include <gtest/gtest.h>

#include "core/proto/manifest.hpp"

namespace wasmbed::fleet {
namespace {

struct ManifestContent : ::testing::Test {
    Application app = application_from_json(parse_json(R"({
        "metadata": {"namespace": "wasmbed", "name": "blink", "uid": "11111111-2222-3333-4444-555555555555"},
        "spec": {"language": "wasm", "target": {"all": true}, "permissions": ["led:0"], "limits": {"memory": 65536},
                 "config": {"args": ["x"], "env": {"LONG": "2", "A": "1"}}, "restart": {"policy": "OnFailure", "maxRestarts": 3, "backoffMs": 50}}})")
                                                .value());
    ModuleFacts module{Digest{1, 2, 3}, 77};

    std::string name(std::uint64_t sequence = 1) { return revision_name(app, module, sequence).value(); }
    std::string problem() {
        auto result = manifest_payload(app, module, 1, "r");
        return result ? "none" : result.error();
    }
};

TEST_F(ManifestContent, holds_what_the_spec_says) {
    auto payload = manifest_payload(app, module, 5, "blink-0123456789").value();
    auto manifest = proto::decode_manifest(payload);
    ASSERT_TRUE(manifest.has_value());
    EXPECT_EQ(manifest->namespace_name, "wasmbed");
    EXPECT_EQ(manifest->app_uid, app.meta.uid);
    EXPECT_EQ(manifest->revision, "blink-0123456789");
    EXPECT_EQ(manifest->sequence, 5U);
    EXPECT_EQ(manifest->module, module.sha256);
    EXPECT_EQ(manifest->module_bytes, 77U);
    EXPECT_EQ(manifest->limits.memory_bytes, 65536U);
    EXPECT_FALSE(manifest->limits.stack_bytes.has_value());
    EXPECT_EQ(manifest->restart.policy, proto::RestartPolicy::on_failure);
    EXPECT_EQ(manifest->restart.restarts_max, 3U);
    EXPECT_EQ(manifest->permissions.size(), 1U);
    ASSERT_EQ(manifest->env.size(), 2U);
    EXPECT_EQ((*manifest->env.begin()).name, "A");
    EXPECT_FALSE(manifest->rollback);
}

TEST_F(ManifestContent, name_is_stable_and_changes_with_content_and_sequence) {
    std::string before = name();
    EXPECT_EQ(before, name());
    EXPECT_TRUE(before.starts_with("blink-"));
    EXPECT_EQ(before.size(), std::string("blink-").size() + 10);
    EXPECT_NE(before, name(2));
    module.sha256[0] ^= 1;
    EXPECT_NE(before, name());
}

TEST_F(ManifestContent, target_and_suspension_are_not_part_of_it) {
    std::string before = name();
    app.suspended = true;
    app.target = {};
    EXPECT_EQ(before, name());
}

TEST_F(ManifestContent, says_which_part_does_not_fit) {
    app.limits.memory = -1;
    EXPECT_NE(problem().find("limits.memory"), std::string::npos) << problem();
    app.limits.memory.reset();
    app.restart.policy = "Sometimes";
    EXPECT_NE(problem().find("restart.policy"), std::string::npos) << problem();
    app.restart.policy = "Never";
    app.language = "scheme";
    EXPECT_NE(problem().find("language"), std::string::npos) << problem();
    app.language = "wasm";
    app.args.assign(40, std::string(128, 'x'));
    EXPECT_NE(problem().find("4096 bytes"), std::string::npos) << problem();
    app.args = {std::string(129, 'x')};
    EXPECT_NE(problem().find("too long"), std::string::npos) << problem();
}

}  // namespace
}  // namespace wasmbed::fleet
