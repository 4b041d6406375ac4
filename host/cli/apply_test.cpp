#include "host/cli/apply.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace wasmbed::cli {
namespace {

json::object object(std::string_view text) {
    return parse_json(text)->as_object();
}

TEST(ThreeWayPatch, sets_what_is_wanted_and_leaves_what_others_wrote) {
    const auto patch =
        three_way_patch({}, object(R"({"spec":{"a":1}})"), object(R"({"spec":{"a":2,"b":3},"status":{"x":1}})"));
    EXPECT_EQ(json::serialize(patch), R"({"spec":{"a":1}})");
}

TEST(ThreeWayPatch, removes_what_was_applied_before_and_is_no_longer_wanted) {
    const auto patch = three_way_patch(object(R"({"spec":{"a":1,"b":2}})"), object(R"({"spec":{"a":1}})"),
                                       object(R"({"spec":{"a":1,"b":2,"c":3}})"));
    EXPECT_EQ(json::serialize(patch), R"({"spec":{"b":null}})");
}

TEST(ThreeWayPatch, is_empty_when_all_is_as_wanted) {
    EXPECT_TRUE(three_way_patch({}, object(R"({"a":1})"), object(R"({"a":1,"b":2})")).empty());
    EXPECT_TRUE(three_way_patch(object(R"({"gone":1})"), object(R"({"a":1})"), object(R"({"a":1})")).empty());
}

class ReadObjects : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(directory_ + "/" + name) << text;
        return directory_ + "/" + name;
    }
    std::string directory_ = testing::TempDir() + "wasmbed-apply-XXXXXX";
};

TEST_F(ReadObjects, takes_documents_lists_folders_and_standard_input) {
    write("b.yaml",
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: "
          "{name: two}\n");
    write(
        "a.json",
        R"({"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"zero"}}]})");
    write("notes.txt", "not read");
    auto objects = read_objects({directory_, "-"}, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: three}\n");
    ASSERT_TRUE(objects) << objects.error();
    std::string names;
    for (const json::value& each : *objects) names += std::string(json_string(each, {"metadata", "name"})) + " ";
    EXPECT_EQ(names, "zero one two three ");
}

TEST_F(ReadObjects, names_file_and_fault) {
    const std::string broken = write("broken.yaml", "a: [1\n");
    EXPECT_NE(read_objects({broken}, {}).error().find("broken.yaml"), std::string::npos);
    const std::string nameless = write("nameless.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    EXPECT_EQ(read_objects({nameless}, {}).error(), nameless + ": an object without metadata.name");
    const std::string numbered = write("numbered.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 123}\n");
    EXPECT_EQ(read_objects({numbered}, {}).error(),
              numbered + ": metadata.name is 123, not a string; put it in quotes");
    const std::string deep = write("deep.yaml", std::string(100'000, '['));
    EXPECT_NE(read_objects({deep}, {}).error().find("nested too deeply"), std::string::npos);
    EXPECT_FALSE(read_objects({directory_ + "/none.yaml"}, {}));
    EXPECT_EQ(read_objects({"-"}, "").error(), "no objects passed to apply");
}

TEST(Selection, understands_kubectl_spellings) {
    for (const char* name : {"dev", "device", "Devices", "devices.wasmbed.io"})
        EXPECT_EQ(find_kind(name)->plural, "devices") << name;
    auto selection = parse_selection({"app/hello", "applications/blink"});
    ASSERT_TRUE(selection) << selection.error();
    EXPECT_EQ(selection->names, (std::vector<std::string>{"hello", "blink"}));
    EXPECT_FALSE(parse_selection({"app/hello", "dev/board-1"}));
    EXPECT_FALSE(parse_selection({"app/"}));
    EXPECT_FALSE(find_kind("pods"));
    EXPECT_EQ(parse_selection({"dev", ""}).error(), "resource name may not be empty");
    EXPECT_EQ(parse_selection({"dev", "../x"}).error(), "invalid resource name \"../x\": [may not contain '/']");
    EXPECT_EQ(parse_selection({"dev/.."}).error(), "invalid resource name \"..\": [may not be '..']");
    EXPECT_EQ(parse_selection({"dev", "\xff"}).error(), "invalid resource name: it is not UTF-8");
    EXPECT_EQ(object_label(kube::kDevices, "x"), "device.wasmbed.io/x");
    EXPECT_EQ(object_label(kube::kConfigMaps, "x"), "configmap/x");
}

}  // namespace
}  // namespace wasmbed::cli
