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
/// it is being deleted. A device that is rejected or being deleted gets none, and one that said what it offers gets no
/// app that does not fit.
DevicePlan plan(const Device& device, std::span<const Application> applications,
                std::span<const ApplicationRevision> revisions);

}  // namespace wasmbed::fleet
