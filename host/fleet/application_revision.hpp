// ApplicationRevision: one signed, immutable state of an Application. Fields as in
// deploy/crds/applicationrevisions.yaml.
#pragma once

#include <cstdint>
#include <string>

#include "host/fleet/app_needs.hpp"
#include "host/fleet/object_meta.hpp"

namespace wasmbed::fleet {

/// The module's bytes (spec.module.inline) are left in the JSON; read them there when a device fetches them.
struct ApplicationRevision {
    ObjectMeta meta;
    std::string application_name;
    std::string application_uid;
    std::int64_t sequence = 0;
    std::string manifest;  ///< base64 COSE_Sign1
    std::string manifest_sha256;
    std::string module_sha256;
    std::int64_t module_size = 0;
    AppNeeds needs;
};

ApplicationRevision revision_from_json(const json::value& object);

}  // namespace wasmbed::fleet
