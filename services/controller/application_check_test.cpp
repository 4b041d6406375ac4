#include "services/controller/application_check.hpp"

#include <gtest/gtest.h>

#include "core/wasm/test_binary_writer.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "services/controller/module_check.hpp"

namespace wasmbed::controller {
namespace {

const std::vector<std::uint8_t> kModule = wasm::test::module_of({.name = "_start"});

struct CheckApplication : ::testing::Test {
    json::value object = parse_json(R"({"metadata": {"namespace": "wasmbed", "name": "a", "uid": "u"},
        "spec": {"target": {"all": true}, "permissions": ["led:0", "storage:x*"]}})")
                             .value();

    CheckApplication() { set_module(pki::to_base64(kModule)); }
    json::object& spec() { return object.as_object()["spec"].as_object(); }
    void set_module(std::string text) { spec()["module"] = {{"inline", text}}; }
    SpecProblem problem() {
        auto result = check_application(object, fleet::application_from_json(object));
        return result ? SpecProblem{"none", ""} : result.error();
    }
};

TEST_F(CheckApplication, gives_digest_and_size_of_an_acceptable_module) {
    auto facts = check_application(object, fleet::application_from_json(object));
    ASSERT_TRUE(facts.has_value()) << facts.error().message;
    EXPECT_EQ(facts->bytes, kModule.size());
    EXPECT_EQ(facts->sha256, pki::sha256(kModule));
}

TEST_F(CheckApplication, refuses_bytes_that_are_no_module) {
    set_module("");
    EXPECT_EQ(problem().reason, "InvalidModule");
    set_module("not base64!");
    EXPECT_NE(problem().message.find("base64"), std::string::npos);
    set_module(
        pki::to_base64(bytes_of("\x7f"
                                "ELF....")));
    EXPECT_NE(problem().message.find("starts with 7f454c46"), std::string::npos) << problem().message;
    set_module(pki::to_base64(Bytes(kModule).first(4)));
    EXPECT_EQ(problem().reason, "MalformedModule");
}

TEST_F(CheckApplication, refuses_a_module_over_the_limit_with_both_numbers) {
    std::vector<std::uint8_t> large = kModule;
    // A custom section with an empty name fills the rest; its size takes three bytes.
    const std::size_t content = kInlineModuleBytesMax + 1 - large.size() - 4;
    const auto byte = [&](int shift, int more) {
        return static_cast<std::uint8_t>(((content >> shift) & 0x7f) | std::size_t(more));
    };
    large.insert(large.end(), {0x00, byte(0, 0x80), byte(7, 0x80), byte(14, 0)});
    large.resize(kInlineModuleBytesMax + 1);
    set_module(pki::to_base64(large));
    EXPECT_EQ(problem().reason, "ModuleTooLarge");
    EXPECT_NE(problem().message.find("131073 bytes; at most 131072"), std::string::npos) << problem().message;
    large.pop_back();
    --large[kModule.size() + 1];
    set_module(pki::to_base64(large));
    EXPECT_EQ(problem().reason, "none") << problem().message;
}

TEST_F(CheckApplication, wants_exactly_one_target) {
    spec()["target"] = json::object();
    EXPECT_EQ(problem().reason, "InvalidTarget");
    spec()["target"] = {{"all", true}, {"deviceNames", {"d"}}};
    EXPECT_NE(problem().message.find("it has 2"), std::string::npos) << problem().message;
    spec()["target"] = {{"all", false}};
    EXPECT_NE(problem().message.find("suspended"), std::string::npos) << problem().message;
    spec()["target"] = parse_json(R"({"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}})").value();
    EXPECT_NE(problem().message.find("needs values"), std::string::npos) << problem().message;
}

TEST_F(CheckApplication, names_the_permission_that_is_none) {
    spec()["permissions"] = {"led:0", "root"};
    EXPECT_EQ(problem().reason, "InvalidPermission");
    EXPECT_NE(problem().message.find("\"root\""), std::string::npos);
}

TEST_F(CheckApplication, refuses_what_does_not_fit_a_manifest) {
    spec()["limits"] = {{"memory", -5}};
    EXPECT_EQ(problem().reason, "InvalidSpec");
    EXPECT_NE(problem().message.find("limits.memory"), std::string::npos);
}

TEST_F(CheckApplication, refuses_a_name_that_devices_cannot_store) {
    object.as_object()["metadata"].as_object()["name"] = std::string(64, 'a');
    EXPECT_EQ(problem().reason, "InvalidName");
}

}  // namespace
}  // namespace wasmbed::controller
