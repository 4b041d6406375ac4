// The C++ types and the CRDs say the same.
#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

#include "host/base/yaml.hpp"
#include "host/fleet/condition.hpp"
#include "host/fleet/device_phase.hpp"

namespace wasmbed::fleet {
namespace {

constexpr const char* kPlurals[] = {"devices", "applications", "applicationrevisions", "gateways"};

json::value load(const std::string& plural) {
    std::ifstream file(std::string(WASMBED_CRD_DIR) + "/" + plural + ".yaml");
    std::stringstream text;
    text << file.rdbuf();
    auto documents = parse_yaml(text.str());
    EXPECT_TRUE(documents.has_value()) << plural << ": " << (documents ? "" : documents.error());
    return documents && documents->size() == 1 ? documents->front() : json::value();
}

const json::value& version(const json::value& crd) {
    return crd.at_pointer("/spec/versions/0");
}

std::set<std::string> strings(const json::value& array) {
    std::set<std::string> out;
    for (const json::value& item : array.as_array()) out.emplace(item.as_string());
    return out;
}

/// Kubernetes refuses a CRD that is not structural; this covers the rules that are easy to break by hand. Kubernetes
/// before 1.25 knows no CEL.
void check_structural(const json::value& schema, const std::string& path) {
    ASSERT_TRUE(schema.is_object()) << path;
    EXPECT_FALSE(schema.as_object().contains("x-kubernetes-validations")) << path;
    const json::object& node = schema.as_object();
    ASSERT_TRUE(node.contains("type")) << path << " has no type";
    if (node.contains("enum")) EXPECT_FALSE(node.at("enum").as_array().empty()) << path;
    if (node.contains("properties")) {
        EXPECT_FALSE(node.contains("additionalProperties")) << path;
        for (const auto& [name, child] : node.at("properties").as_object()) {
            check_structural(child, path + "." + std::string(name));
        }
    }
    if (node.contains("items")) check_structural(node.at("items"), path + "[]");
    if (node.contains("additionalProperties")) check_structural(node.at("additionalProperties"), path + "{}");
}

bool has_any(const json::object& node, std::initializer_list<const char*> names) {
    return std::ranges::any_of(names, [&](const char* name) { return node.contains(name); });
}

/// Every field says what it is, and how large it may be.
void check_described(const json::value& schema, const std::string& path) {
    const json::object& node = schema.as_object();
    const auto type = json_string(schema, {"type"});
    if (type == "array") EXPECT_TRUE(node.contains("maxItems")) << path;
    if (type == "integer") EXPECT_TRUE(node.contains("minimum") || json_string(schema, {"format"}) == "int32") << path;
    if (type == "string") EXPECT_TRUE(has_any(node, {"maxLength", "enum", "pattern", "format"})) << path;
    for (const char* inner : {"items", "additionalProperties"}) {
        if (node.contains(inner)) check_described(node.at(inner), path + "[]");
    }
    if (!node.contains("properties")) return;
    for (const auto& [name, child] : node.at("properties").as_object()) {
        EXPECT_TRUE(child.as_object().contains("description")) << path << "." << name;
        check_described(child, path + "." + std::string(name));
    }
}

TEST(Crds, describe_and_bound_every_field) {
    for (const char* plural : kPlurals) {
        const json::value crd = load(plural);
        for (const char* part : {"spec", "status"}) {
            const auto* schema = json_find(version(crd), {"schema", "openAPIV3Schema", "properties", part});
            if (schema) check_described(*schema, std::string(plural) + "." + part);
        }
    }
}

TEST(Crds, have_short_names_and_wide_columns) {
    for (const char* plural : kPlurals) {
        const json::value crd = load(plural);
        EXPECT_FALSE(crd.at_pointer("/spec/names/shortNames").as_array().empty()) << plural;
        const auto& columns = version(crd).at("additionalPrinterColumns").as_array();
        const auto wide = std::ranges::count_if(columns, [](const auto& c) { return json_int(c, {"priority"}) == 1; });
        EXPECT_GT(wide, 0) << plural;
        EXPECT_LT(std::size_t(wide), columns.size()) << plural;
    }
}

TEST(Crds, are_structural) {
    for (const char* plural : kPlurals) {
        json::value crd = load(plural);
        EXPECT_EQ(json_string(crd, {"metadata", "name"}), std::string(plural) + ".wasmbed.io");
        EXPECT_EQ(json_string(crd, {"spec", "group"}), "wasmbed.io");
        EXPECT_EQ(strings(crd.at_pointer("/spec/names/categories")), std::set<std::string>{"wasmbed"});
        check_structural(version(crd).at_pointer("/schema/openAPIV3Schema"), plural);
    }
}

TEST(Crds, device_phases_are_those_of_the_code) {
    std::set<std::string> phases;
    for (int i = 0; i <= static_cast<int>(DevicePhase::Unreachable); ++i) {
        phases.emplace(device_phase_name(static_cast<DevicePhase>(i)));
    }
    json::value crd = load("devices");
    EXPECT_EQ(strings(version(crd).at_pointer("/schema/openAPIV3Schema/properties/status/properties/phase/enum")),
              phases);
}

TEST(Crds, conditions_are_maps_by_type) {
    for (const char* plural : {"devices", "applications", "gateways"}) {
        json::value crd = load(plural);
        const json::value& conditions =
            version(crd).at_pointer("/schema/openAPIV3Schema/properties/status/properties/conditions");
        EXPECT_EQ(conditions.at("x-kubernetes-list-type"), "map") << plural;
        EXPECT_EQ(strings(conditions.at_pointer("/items/properties/status/enum")),
                  (std::set<std::string>{"True", "False", "Unknown"}));
        EXPECT_TRUE(conditions.at_pointer("/items/properties/observedGeneration").is_object()) << plural;
        EXPECT_TRUE(version(crd).at_pointer("/subresources/status").is_object());
    }
}

}  // namespace
}  // namespace wasmbed::fleet
