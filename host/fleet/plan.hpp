// plan(): which app in which revision a device should have. Controller, gateway and `wasmbed diff` share it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/fleet/application.hpp"
#include "host/fleet/application_revision.hpp"
#include "host/fleet/device.hpp"

namespace wasmbed::fleet {

/// One app a device should have: an entry of `Desired`.
struct PlannedApp {
    std::string name;
    std::string uid;
    std::string revision;
    std::string manifest_sha256;
    bool run = true;  ///< false: installed but stopped (suspended)

    bool operator==(const PlannedApp&) const = default;
};

struct DevicePlan {
    std::vector<PlannedApp> apps;  ///< by uid
    /// Revisions that a rollout names but that are not among `revisions`. As long as there are any, the plan must not
    /// be sent: leaving the app out would make the device remove it. A cache catches up by itself; a revision that
    /// stays missing was deleted by hand.
    std::vector<std::string> missing_revisions;
};

/// The apps of `device`. `applications` and `revisions` may be those of its namespace or of all; others are ignored.
/// Pure; O(apps × log revisions). An Application counts once its status names a rollout target, and not any more while
/// it is being deleted. A rejected device gets none.
DevicePlan plan(const Device& device, std::span<const Application> applications,
                std::span<const ApplicationRevision> revisions);

/// Place of a device in a rollout: 16 hex digits, the first 8 bytes, big-endian, of SHA-256(app uid NUL revision name
/// NUL device uid). Uniform, and another order for each revision, so that the same devices are not always the first.
std::string rollout_hash(std::string_view app_uid, std::string_view revision, std::string_view device_uid);

/// The revision `device_uid` gets: the target if the rollout is complete or its hash lies below the threshold, else the
/// stable one (may be empty).
const std::string& revision_for(const Rollout& rollout, std::string_view app_uid, std::string_view device_uid);

}  // namespace wasmbed::fleet
