// What an app takes of a device, and whether a device has it. Controller and gateway share it: what does not fit is
// not sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/base/json.hpp"
#include "host/fleet/device.hpp"

namespace wasmbed::fleet {

/// What an app takes at least: a device that has less cannot run it. What it takes exactly the device finds out when
/// it translates the module.
struct AppNeeds {
    std::uint64_t module_bytes = 0;
    std::uint64_t ram_bytes = 0;           ///< declared memory and stack
    std::uint64_t storage_bytes = 0;       ///< limits.storage, if set
    std::vector<std::string> permissions;  ///< as in the manifest

    /// spec.needs of an ApplicationRevision; the module's size stands elsewhere there.
    json::object to_json() const;
};

/// `spec` of an ApplicationRevision. One that was made before there were needs needs nothing but room for its module.
AppNeeds needs_from_json(const json::value& revision);

/// What the device lacks, with numbers: "needs 10 bytes of ... and has 8, so 2 bytes are missing"; nullopt when it
/// fits. A capacity without features is of a device that does not say, and is taken for having all.
std::optional<std::string> lacking(const AppNeeds& needs, const Capacity& capacity);

}  // namespace wasmbed::fleet
