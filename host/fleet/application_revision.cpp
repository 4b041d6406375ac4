#include "host/fleet/application_revision.hpp"

namespace wasmbed::fleet {

ApplicationRevision revision_from_json(const json::value& object) {
    ApplicationRevision revision;
    revision.meta = meta_from_json(object);
    revision.application_name = json_string(object, {"spec", "application", "name"});
    revision.application_uid = json_string(object, {"spec", "application", "uid"});
    revision.sequence = json_int(object, {"spec", "sequence"});
    revision.manifest = json_string(object, {"spec", "manifest"});
    revision.manifest_sha256 = json_string(object, {"spec", "manifestSha256"});
    revision.module_sha256 = json_string(object, {"spec", "module", "sha256"});
    revision.module_size = json_int(object, {"spec", "module", "size"});
    revision.needs = needs_from_json(object);
    return revision;
}

}  // namespace wasmbed::fleet
