// How far an Application is, counted from what its devices reported.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/fleet/application.hpp"
#include "host/fleet/device.hpp"

namespace wasmbed::controller {

/// Devices by what is known of the app there. updated is a fact that outlives a session; running, completed and failed
/// count connected devices only, the others are unknown.
struct RolloutCounts {
    std::int64_t desired = 0;    ///< devices the target matches, rejected ones left out
    std::int64_t updated = 0;    ///< reported the target revision as verified
    std::int64_t ready = 0;      ///< the target revision runs or completed
    std::int64_t running = 0;    ///< any revision runs
    std::int64_t completed = 0;  ///< any revision completed
    std::int64_t failed = 0;     ///< failed, refused, or restarting after a failure
    std::int64_t unknown = 0;    ///< not connected
    /// The first failure in order of device names, for the condition Degraded.
    std::string failed_device;
    std::string failed_reason;
    std::string failed_detail;
};

/// `devices` are those of the Application's namespace, ordered by name. Pure.
RolloutCounts count_rollout(const fleet::Application& app, const std::string& target_revision,
                            const std::vector<const fleet::Device*>& devices);

}  // namespace wasmbed::controller
