// How far an Application is, counted from what its devices reported.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/fleet/application.hpp"
#include "host/fleet/device.hpp"

namespace wasmbed::controller {

/// Bounds of status.failures, as in deploy/crds/applications.yaml.
constexpr std::size_t kFailureReasonsMax = 8;
constexpr std::size_t kFailureDevicesMax = 5;

/// Devices that fail for the same reason.
struct FailureGroup {
    std::string reason;
    std::int64_t count = 0;
    std::string detail;                ///< what the first of them says
    std::vector<std::string> devices;  ///< the first kFailureDevicesMax by name

    json::object to_json() const;
};

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
    /// Failures by reason, the most frequent first; at most kFailureReasonsMax.
    std::vector<FailureGroup> failures;
};

/// Those of `devices` that the Application is for: matched by its target, not rejected, not being deleted.
std::vector<const fleet::Device*> devices_of(const fleet::Application& app,
                                             const std::vector<const fleet::Device*>& devices);

/// `devices` are those of the Application, ordered by name. Pure.
RolloutCounts count_rollout(const fleet::Application& app, const std::string& target_revision,
                            const std::vector<const fleet::Device*>& devices);

}  // namespace wasmbed::controller
