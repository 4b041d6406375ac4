// What every Kubernetes object carries, as far as the roles look at it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "host/base/json.hpp"

namespace wasmbed::fleet {

struct ObjectMeta {
    std::string ns;
    std::string name;
    std::string uid;
    std::string resource_version;
    std::int64_t generation = 0;
    std::map<std::string, std::string> labels;
    bool deleting = false;  ///< deletionTimestamp is set
};

/// Reads `object.metadata`; missing or mistyped members become empty.
ObjectMeta meta_from_json(const json::value& object);

/// One entry of metadata.ownerReferences, which makes the garbage collector remove the dependent with its owner.
/// `api_version` and `kind` name the owner's kind; controller is true.
json::object owner_reference(std::string_view api_version, std::string_view kind, const ObjectMeta& owner);

}  // namespace wasmbed::fleet
