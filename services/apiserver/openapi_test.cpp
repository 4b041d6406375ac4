// Discovery and OpenAPI documents, as clients read them.
#include "services/apiserver/openapi.hpp"

#include <gtest/gtest.h>

#include "services/apiserver/openapi_schema.hpp"

namespace wasmbed::apiserver {
namespace {

struct Documents : testing::Test {
    KindRegistry kinds = KindRegistry::make(embedded_crds().value()).value();

    json::value get(std::string_view path, std::string_view accept = "application/json") {
        auto found = discovery_document(kinds, path, accept);
        return found ? parse_json(found->body).value() : json::value();
    }
};

constexpr char kAggregated[] =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// The resources of a group in aggregated discovery, by name.
json::value aggregated_resource(const json::value& list, std::string_view group, std::string_view plural) {
    for (const auto& item : *json_array(list, {"items"})) {
        if (json_string(item, {"metadata", "name"}) != group) continue;
        for (const auto& version : *json_array(item, {"versions"})) {
            for (const auto& resource : *json_array(version, {"resources"})) {
                if (json_string(resource, {"resource"}) == plural) return resource;
            }
        }
    }
    return {};
}

TEST_F(Documents, aggregated_discovery_lists_resources_with_their_subresources) {
    auto found = discovery_document(kinds, "/apis", kAggregated);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->content_type, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    auto list = parse_json(found->body).value();
    EXPECT_EQ(json_string(list, {"kind"}), "APIGroupDiscoveryList");
    auto devices = aggregated_resource(list, "wasmbed.io", "devices");
    EXPECT_EQ(json_string(devices, {"scope"}), "Namespaced");
    EXPECT_EQ(json_string(devices, {"responseKind", "kind"}), "Device");
    EXPECT_EQ(json_string(devices, {"singularResource"}), "device");
    EXPECT_EQ(json_array(devices, {"shortNames"})->at(0), "dev");
    const auto* below = json_array(devices, {"subresources"});
    ASSERT_TRUE(below);
    EXPECT_EQ(json_string(below->at(0), {"subresource"}), "status");
    auto core = get("/api", kAggregated);
    EXPECT_EQ(json_string(aggregated_resource(core, "", "namespaces"), {"scope"}), "Cluster");
}

TEST_F(Documents, plain_discovery_is_what_others_get) {
    EXPECT_EQ(json_string(get("/apis"), {"kind"}), "APIGroupList");
    EXPECT_EQ(json_string(get("/apis/wasmbed.io"), {"kind"}), "APIGroup");
    EXPECT_EQ(json_string(get("/apis/wasmbed.io/v1alpha1"), {"groupVersion"}), "wasmbed.io/v1alpha1");
    EXPECT_TRUE(get("/apis/nothing.io").is_null());
    EXPECT_TRUE(get("/apis/nothing.io/v1").is_null());
}

TEST_F(Documents, openapi_v3_has_a_document_for_each_group_version) {
    auto index = get("/openapi/v3");
    auto url = json_string(index, {"paths", "apis/wasmbed.io/v1alpha1", "serverRelativeURL"});
    EXPECT_TRUE(url.starts_with("/openapi/v3/apis/wasmbed.io/v1alpha1?hash=")) << url;
    auto document = get("/openapi/v3/apis/wasmbed.io/v1alpha1");
    const auto* schema = json_find(document, {"components", "schemas", "wasmbed.io.v1alpha1.Device"});
    ASSERT_TRUE(schema);
    EXPECT_FALSE(json_string(*schema, {"properties", "spec", "properties", "board", "description"}).empty());
    EXPECT_EQ(json_string(*schema, {"properties", "metadata", "$ref"}),
              "#/components/schemas/" + std::string(kObjectMetaName));
    EXPECT_TRUE(json_find(document, {"components", "schemas", kObjectMetaName}));
    auto path = "/apis/wasmbed.io/v1alpha1/namespaces/{namespace}/devices/{name}";
    const auto* patch = json_find(document, {"paths", path, "patch"});
    ASSERT_TRUE(patch);
    EXPECT_EQ(json_string(*patch, {"x-kubernetes-group-version-kind", "kind"}), "Device");
    EXPECT_TRUE(get("/openapi/v3/apis/nothing.io/v1").is_null());
}

TEST_F(Documents, openapi_v2_has_the_descriptions_of_custom_kinds) {
    auto found = discovery_document(kinds, "/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->content_type, "application/octet-stream");
    for (auto part : {"wasmbed.io.v1alpha1.Device", "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
                      "What the device is and whether it may take part."}) {
        EXPECT_NE(found->body.find(part), std::string::npos) << part;
    }
}

}  // namespace
}  // namespace wasmbed::apiserver
