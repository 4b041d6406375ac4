// What every Kubernetes object carries, as far as the roles look at it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::fleet {

/// Annotation by which a person gives up waiting for devices that an object's deletion waits for.
constexpr std::string_view kForceDelete = "wasmbed.io/force-delete";

struct ObjectMeta {
    std::string ns;
    std::string name;
    std::string uid;
    std::string resource_version;
    std::int64_t generation = 0;
    std::string created;  ///< creationTimestamp
    std::map<std::string, std::string> labels;
    std::vector<std::string> finalizers;
    bool force_delete = false;  ///< annotation kForceDelete is "true"
    bool deleting = false;      ///< deletionTimestamp is set

    bool has_finalizer(std::string_view finalizer) const;
};

/// Reads `object.metadata`; missing or mistyped members become empty.
ObjectMeta meta_from_json(const json::value& object);

/// One entry of metadata.ownerReferences, which makes the garbage collector remove the dependent with its owner.
/// `api_version` and `kind` name the owner's kind; controller is true.
json::object owner_reference(std::string_view api_version, std::string_view kind, const ObjectMeta& owner);

}  // namespace wasmbed::fleet
