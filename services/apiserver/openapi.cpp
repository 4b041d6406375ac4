#include "services/apiserver/openapi.hpp"

#include <functional>

#include "services/apiserver/openapi_schema.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr std::string_view kTitle = "Wasmbed";
constexpr std::string_view kApiVersion = "v1alpha1";

json::object query_parameter(std::string_view name) {
    return {{"name", name}, {"in", "query"}, {"schema", {{"type", "string"}, {"uniqueItems", true}}}};
}

/// Every kind has one path with one PATCH operation: that is where kubectl looks for what a kind supports.
json::object path_item(const Kind& kind) {
    json::array parameters;
    for (auto name : {"dryRun", "fieldManager", "fieldValidation"}) parameters.push_back(query_parameter(name));
    json::object patch{{"operationId", "patch" + kind.kind},
                       {"parameters", std::move(parameters)},
                       {"responses", json::object{{"200", {{"description", "OK"}}}}},
                       {"x-kubernetes-action", "patch"},
                       {"x-kubernetes-group-version-kind", group_version_kind(kind)}};
    return {{"patch", std::move(patch)}};
}

std::string group_path(const Kind& kind) {
    return (kind.group.empty() ? "api/" : "apis/") + kind.api_version();
}

}  // namespace

std::string openapi_path(const Kind& kind) {
    std::string path = (kind.group.empty() ? "/api/" : "/apis/") + kind.api_version();
    return path + (kind.namespaced ? "/namespaces/{namespace}/" : "/") + kind.plural + "/{name}";
}

std::optional<Document> openapi_v3(const KindRegistry& kinds, std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.empty()) {
        json::object paths;
        for (const auto& kind : kinds.all()) {
            auto group = group_path(*kind);
            // The hash lets clients cache; the schemas only change with the program, so a constant would be wrong.
            auto hash = std::to_string(std::hash<std::string>()(json::serialize(kind->schema)));
            paths[group] = json::object{{"serverRelativeURL", "/openapi/v3/" + group + "?hash=" + hash}};
        }
        return Document{"application/json", json::serialize(json::object{{"paths", std::move(paths)}})};
    }
    json::object paths;
    json::object schemas;
    for (const auto& kind : kinds.all()) {
        if (group_path(*kind) != path) continue;
        paths[openapi_path(*kind)] = path_item(*kind);
        schemas[schema_name(*kind)] = published_schema(*kind, "#/components/schemas/");
    }
    if (paths.empty()) return {};
    schemas[kObjectMetaName] = object_meta_schema();
    json::object document{{"openapi", "3.0.0"},
                          {"info", {{"title", kTitle}, {"version", kApiVersion}}},
                          {"paths", std::move(paths)},
                          {"components", {{"schemas", std::move(schemas)}}}};
    return Document{"application/json", json::serialize(document)};
}

}  // namespace wasmbed::apiserver
