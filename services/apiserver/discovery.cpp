#include "services/apiserver/discovery.hpp"

#include <algorithm>

#include "services/apiserver/openapi.hpp"
#include "services/apiserver/reviews.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr char kJson[] = "application/json";

/// The Kubernetes whose API this is, for clients that look: what the server does is what 1.20 has.
const json::object& version() {
    static const json::object kVersion{
        {"major", "1"},           {"minor", "20"},           {"gitVersion", "v1.20.2-wasmbed"},
        {"gitCommit", "wasmbed"}, {"gitTreeState", "clean"}, {"buildDate", "1970-01-01T00:00:00Z"},
        {"goVersion", "none"},    {"compiler", "clang"},     {"platform", "linux/amd64"}};
    return kVersion;
}

const std::vector<std::string> kVerbs{"create", "delete", "deletecollection", "get",
                                      "list",   "patch",  "update",           "watch"};
const std::vector<std::string> kReadVerbs{"get", "list", "watch"};
const std::vector<std::string> kStatusVerbs{"get", "patch", "update"};

json::array words(const std::vector<std::string>& from) {
    json::array out;
    for (const auto& word : from) out.push_back(json::string(word));
    return out;
}

/// Group and version of everything that is served, the core group left out.
std::vector<std::pair<std::string, std::string>> group_versions(const KindRegistry& kinds) {
    std::vector<std::pair<std::string, std::string>> found;
    auto add = [&](const std::string& group, const std::string& v) {
        auto pair = std::pair(group, v);
        if (!group.empty() && std::find(found.begin(), found.end(), pair) == found.end()) found.push_back(pair);
    };
    for (const auto& kind : kinds.all()) add(kind->group, kind->version);
    for (const auto& review : review_kinds()) add(review.group, "v1");
    return found;
}

json::object group_entry(const std::string& group, const std::string& v) {
    json::object entry{{"groupVersion", group + "/" + v}, {"version", v}};
    return {{"name", group}, {"versions", json::array{entry}}, {"preferredVersion", entry}};
}

json::object group_list(const KindRegistry& kinds) {
    json::array groups;
    for (const auto& [group, v] : group_versions(kinds)) groups.push_back(group_entry(group, v));
    return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

/// The resources of one group version; none if there is no such one.
std::optional<json::object> resource_list(const KindRegistry& kinds, std::string_view group, std::string_view v) {
    json::array resources;
    for (const auto& kind : kinds.all()) {
        if (kind->group != group || kind->version != v) continue;
        json::object entry{{"name", kind->plural},
                           {"singularName", kind->singular},
                           {"namespaced", kind->namespaced},
                           {"kind", kind->kind},
                           {"verbs", words(kind->read_only ? kReadVerbs : kVerbs)}};
        if (!kind->short_names.empty()) entry["shortNames"] = words(kind->short_names);
        if (!kind->categories.empty()) entry["categories"] = words(kind->categories);
        resources.push_back(std::move(entry));
        if (!kind->has_status) continue;
        resources.push_back(json::object{{"name", kind->plural + "/status"},
                                         {"singularName", ""},
                                         {"namespaced", kind->namespaced},
                                         {"kind", kind->kind},
                                         {"verbs", words(kStatusVerbs)}});
    }
    for (const auto& review : review_kinds()) {
        if (review.group != group || v != "v1") continue;
        resources.push_back(json::object{{"name", review.plural},
                                         {"singularName", ""},
                                         {"namespaced", review.namespaced},
                                         {"kind", review.kind},
                                         {"verbs", json::array{"create"}}});
    }
    if (resources.empty()) return {};
    std::string group_version = group.empty() ? std::string(v) : std::string(group) + "/" + std::string(v);
    return json::object{{"kind", "APIResourceList"},
                        {"apiVersion", "v1"},
                        {"groupVersion", group_version},
                        {"resources", std::move(resources)}};
}

/// One version of a group in aggregated discovery, made from its APIResourceList.
json::object aggregated_version(const json::object& list, const std::string& group, const std::string& v) {
    json::array resources;
    for (const auto& entry : list.at("resources").as_array()) {
        std::string name(json_string(entry, {"name"}));
        json::object response_kind{{"group", group}, {"version", v}, {"kind", entry.at("kind")}};
        if (auto slash = name.find('/'); slash != std::string::npos) {
            auto& parent = resources.back().as_object();
            if (!parent.contains("subresources")) parent["subresources"] = json::array();
            parent["subresources"].as_array().push_back(json::object{{"subresource", name.substr(slash + 1)},
                                                                     {"responseKind", response_kind},
                                                                     {"verbs", entry.at("verbs")}});
            continue;
        }
        json::object made{{"resource", name},
                          {"responseKind", response_kind},
                          {"scope", json_bool(entry, {"namespaced"}) ? "Namespaced" : "Cluster"},
                          {"singularResource", entry.at("singularName")},
                          {"verbs", entry.at("verbs")}};
        for (auto extra : {"shortNames", "categories"}) {
            if (const auto* value = json_find(entry, {extra})) made[extra] = *value;
        }
        resources.push_back(std::move(made));
    }
    return {{"version", v}, {"resources", std::move(resources)}, {"freshness", "Current"}};
}

json::object aggregated(const KindRegistry& kinds, bool core) {
    json::array items;
    auto add = [&](const std::string& group, const std::string& v) {
        auto list = resource_list(kinds, group, v);
        if (!list) return;
        json::object metadata;
        if (!group.empty()) metadata["name"] = group;
        items.push_back(json::object{{"metadata", std::move(metadata)},
                                     {"versions", json::array{aggregated_version(*list, group, v)}}});
    };
    if (core) {
        add("", "v1");
    } else {
        for (const auto& [group, v] : group_versions(kinds)) add(group, v);
    }
    return {{"kind", "APIGroupDiscoveryList"},
            {"apiVersion", "apidiscovery.k8s.io/v2"},
            {"metadata", json::object()},
            {"items", std::move(items)}};
}

Document document(const json::object& body) {
    return {kJson, json::serialize(body)};
}

std::optional<Document> group_document(const KindRegistry& kinds, std::string_view rest) {
    auto slash = rest.find('/');
    if (slash == rest.npos) {
        for (const auto& [group, v] : group_versions(kinds)) {
            if (group != rest) continue;
            auto entry = group_entry(group, v);
            entry["kind"] = "APIGroup";
            entry["apiVersion"] = "v1";
            return document(entry);
        }
        return {};
    }
    auto list = resource_list(kinds, rest.substr(0, slash), rest.substr(slash + 1));
    if (!list || slash == 0) return {};
    return document(*list);
}

}  // namespace

std::optional<Document> discovery_document(const KindRegistry& kinds, std::string_view path, std::string_view accept) {
    constexpr std::string_view kAggregated = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    if (path == "/version") return document(version());
    if (path == "/api" || path == "/apis") {
        if (accept.find(kAggregated) != accept.npos) {
            return Document{std::string(kJson) + ";" + std::string(kAggregated),
                            json::serialize(aggregated(kinds, path == "/api"))};
        }
        if (path == "/apis") return document(group_list(kinds));
        return document(
            {{"kind", "APIVersions"}, {"versions", json::array{"v1"}}, {"serverAddressByClientCIDRs", json::array()}});
    }
    if (path == "/api/v1") return document(*resource_list(kinds, "", "v1"));
    if (path.starts_with("/apis/")) return group_document(kinds, path.substr(6));
    if (path == "/openapi/v2") return openapi_v2(kinds, accept);
    if (path.starts_with("/openapi/v3")) return openapi_v3(kinds, path.substr(11));
    return {};
}

}  // namespace wasmbed::apiserver
