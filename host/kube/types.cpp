#include "host/kube/types.hpp"

namespace wasmbed::kube {

std::string ResourceType::api_version() const {
    return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

std::string ResourceType::path(std::string_view ns, std::string_view name) const {
    std::string text = (group.empty() ? "/api/" : "/apis/") + api_version();
    if (namespaced && !ns.empty()) text += "/namespaces/" + std::string(ns);
    text += "/" + std::string(plural);
    if (!name.empty()) text += "/" + std::string(name);
    return text;
}

std::string ObjectKey::text() const {
    return ns.empty() ? name : ns + "/" + name;
}

ObjectKey key_of(const json::value& object) {
    return {std::string(json_string(object, {"metadata", "namespace"})),
            std::string(json_string(object, {"metadata", "name"}))};
}

}  // namespace wasmbed::kube
