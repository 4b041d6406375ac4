// How far a rollout goes next, decided without I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/base/time.hpp"
#include "host/fleet/application.hpp"
#include "services/controller/event.hpp"

namespace wasmbed::controller {

/// Restarts of a revision on one device from which on it counts as failing there, when only failures restart it
/// (restart policy OnFailure). Fewer may be the hardware's fault.
constexpr std::int64_t kRestartsTolerated = 2;

/// Everything the decision looks at.
struct RolloutObserved {
    const fleet::Application& app;              ///< with the rollout as it is
    const std::string& target;                  ///< revision that should run; empty: there is none
    std::vector<const fleet::Device*> devices;  ///< those the target of the Application matches, rejected ones left out
    /// Without a policy stable follows only when every device has reported the target.
    bool all_updated = false;
};

struct RolloutDecision {
    fleet::Rollout rollout;
    std::vector<EventToRecord> events;
    std::optional<WallClock::time_point> look_again;  ///< minReadySeconds are over then
};

/// Pure. O(devices × log devices), one SHA-256 per device while a rollout is on its way. The devices that are moved are
/// exactly as many as step and maxUnavailable allow at this moment; a device that the target matches later joins by its
/// hash.
RolloutDecision decide_rollout(const RolloutObserved& observed, WallClock::time_point now);

/// Whether the stable revision has to be there as a rollback: a device may have a later one and be told to go back,
/// since the rollout failed, or another one overtook it, or the device's labels changed.
bool needs_rollback(const fleet::Rollout& rollout);

}  // namespace wasmbed::controller
