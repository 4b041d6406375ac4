#include "host/fleet/object_meta.hpp"

#include <algorithm>

namespace wasmbed::fleet {

ObjectMeta meta_from_json(const json::value& object) {
    ObjectMeta meta;
    meta.ns = json_string(object, {"metadata", "namespace"});
    meta.name = json_string(object, {"metadata", "name"});
    meta.uid = json_string(object, {"metadata", "uid"});
    meta.resource_version = json_string(object, {"metadata", "resourceVersion"});
    meta.created = json_string(object, {"metadata", "creationTimestamp"});
    meta.generation = json_int(object, {"metadata", "generation"});
    meta.deleting = json_find(object, {"metadata", "deletionTimestamp"}) != nullptr;
    if (const json::object* labels = json_object(object, {"metadata", "labels"})) {
        for (const auto& [key, value] : *labels) {
            if (value.is_string()) meta.labels.emplace(key, value.get_string().c_str());
        }
    }
    if (const json::array* finalizers = json_array(object, {"metadata", "finalizers"})) {
        for (const json::value& item : *finalizers) {
            if (item.is_string()) meta.finalizers.emplace_back(item.get_string());
        }
    }
    meta.force_delete = json_string(object, {"metadata", "annotations", kForceDelete}) == "true";
    return meta;
}

bool ObjectMeta::has_finalizer(std::string_view finalizer) const {
    return std::ranges::find(finalizers, finalizer) != finalizers.end();
}

json::object owner_reference(std::string_view api_version, std::string_view kind, const ObjectMeta& owner) {
    return {{"apiVersion", api_version}, {"kind", kind},       {"name", owner.name},
            {"uid", owner.uid},          {"controller", true}, {"blockOwnerDeletion", true}};
}

}  // namespace wasmbed::fleet
