// What to do about one Device, decided without I/O.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "host/fleet/device.hpp"
#include "host/fleet/device_phase.hpp"
#include "services/controller/event.hpp"

namespace wasmbed::controller {

/// Finalizer of Devices: a deleted one stays until it was told to remove its apps and said that it did.
constexpr std::string_view kDeviceFinalizer = "wasmbed.io/decommission";

/// From so long before its end on, the condition Enrolled says that a certificate expires.
constexpr std::chrono::days kExpiryNotice{30};

/// Everything the decision looks at.
struct DeviceObserved {
    fleet::Device device;
    bool token_exists = false;  ///< Secret enrollment-<uid>
    /// When the certificate in status.identity was issued; none without one.
    std::optional<WallClock::time_point> identity_issued;
    std::chrono::seconds unreachable_after{90};
};

struct DeviceDecision {
    bool create_token = false;
    bool delete_token = false;
    bool issue_certificate = false;
    /// The certificate in status.identity is revoked, and the request it came from forgotten: the device has to enroll
    /// anew, with the token that the next pass makes.
    bool revoke = false;
    /// A deleted Device has nothing left to wait for.
    bool release = false;
    /// The controller's part of status as it should be, without identity: conditions (all, Connected as it was), phase,
    /// observedGeneration.
    std::vector<fleet::Condition> conditions;
    fleet::DevicePhase phase = fleet::DevicePhase::Pending;
    /// Look again then, though nothing changes.
    std::optional<WallClock::time_point> look_again;
    std::vector<EventToRecord> events;
};

/// Pure. When `issue_certificate` is set, the caller issues it and calls `decide_device` again with the result in
/// `device.identity` before it writes anything.
DeviceDecision decide_device(const DeviceObserved& observed, WallClock::time_point now);

/// The Enrolled condition of a request that turned out to be unusable, in place of what the decision says.
void refuse_request(DeviceDecision& decision, const DeviceObserved& observed, const std::string& problem,
                    WallClock::time_point now);

}  // namespace wasmbed::controller
