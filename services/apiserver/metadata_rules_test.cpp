#include "services/apiserver/metadata_rules.hpp"

#include <gtest/gtest.h>

namespace wasmbed::apiserver {
namespace {

std::vector<FieldError> errors_of(const char* metadata) {
    return check_metadata(parse_json(metadata).value().as_object());
}

TEST(MetadataRules, names_are_lower_case_subdomains) {
    EXPECT_TRUE(valid_name("board-1.lab"));
    for (auto name : {"", "Board", "a..b", "-a", "a-", "a_b"}) EXPECT_FALSE(valid_name(name)) << name;
    EXPECT_FALSE(valid_name(std::string(254, 'a')));
}

TEST(MetadataRules, takes_labels_as_kubernetes_does) {
    EXPECT_TRUE(errors_of(R"({"name": "a", "labels": {"site": "Lab_1.x", "wasmbed.io/ring": "", "x": "1"}})").empty());
}

TEST(MetadataRules, refuses_labels_that_no_selector_could_name) {
    for (auto labels : {R"({"a": "not a value"})", R"({"a": "-x"})", R"({"not a key": "x"})", R"({"/x": "x"})",
                        R"({"Upper.io/x": "x"})", R"({"": "x"})", R"({"a": 1})"}) {
        auto errors = errors_of((std::string(R"({"name": "a", "labels": )") + labels + "}").c_str());
        ASSERT_EQ(errors.size(), 1u) << labels;
        EXPECT_TRUE(errors[0].field.starts_with("metadata.labels")) << labels;
    }
    auto longest = std::string(R"({"name": "a", "labels": {"a": ")") + std::string(64, 'x') + "\"}}";
    EXPECT_EQ(errors_of(longest.c_str()).size(), 1u);
}

TEST(MetadataRules, limits_the_size_of_annotations) {
    auto text = std::string(R"({"name": "a", "annotations": {"a": ")") + std::string(256 * 1024, 'x') + "\"}}";
    auto errors = errors_of(text.c_str());
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].field, "metadata.annotations");
}

TEST(MetadataRules, refuses_finalizers_that_no_controller_could_name) {
    for (auto finalizer : {R"("two words")", R"("")", "1", R"("Upper.io/x")"}) {
        auto errors = errors_of((std::string(R"({"name": "a", "finalizers": [)") + finalizer + "]}").c_str());
        ASSERT_EQ(errors.size(), 1u) << finalizer;
        EXPECT_EQ(errors[0].field, "metadata.finalizers");
    }
    EXPECT_TRUE(errors_of(R"({"name": "a", "finalizers": ["wasmbed.io/decommission", "orphan"]})").empty());
}

TEST(MetadataRules, removes_fields_that_are_none_of_metadata) {
    auto metadata = parse_json(R"({"name": "a", "lables": {"a": "b"}, "labels": {"a": "b"}})").value().as_object();
    EXPECT_EQ(prune_metadata(metadata), std::vector<std::string>{"metadata.lables"});
    EXPECT_EQ(metadata.size(), 2u);
}

}  // namespace
}  // namespace wasmbed::apiserver
