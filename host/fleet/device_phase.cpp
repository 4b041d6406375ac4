#include "host/fleet/device_phase.hpp"

namespace wasmbed::fleet {
namespace {

/// When the latest session ended, as well as the status tells.
std::optional<WallClock::time_point> session_end(const Device& device) {
    for (const std::string& text : {device.session->until, device.last_seen, device.session->since}) {
        if (auto time = parse_rfc3339(text)) return time;
    }
    return std::nullopt;
}

}  // namespace

std::string_view device_phase_name(DevicePhase phase) {
    switch (phase) {
        case DevicePhase::Pending:
            return "Pending";
        case DevicePhase::Enrolling:
            return "Enrolling";
        case DevicePhase::Enrolled:
            return "Enrolled";
        case DevicePhase::Connected:
            return "Connected";
        case DevicePhase::Disconnected:
            return "Disconnected";
        case DevicePhase::Unreachable:
            break;
    }
    return "Unreachable";
}

PhaseResult device_phase(const Device& device, std::chrono::seconds unreachable_after, WallClock::time_point now) {
    if (device.connected()) return {DevicePhase::Connected, {}};
    // A session without an identity: of a device with a pre-shared key, which never has one. Whoever enrolls anew has
    // an enrollment.
    if (!device.identity && (device.enrollment || !device.session))
        return {device.enrollment ? DevicePhase::Enrolling : DevicePhase::Pending, {}};
    if (!device.session) return {DevicePhase::Enrolled, {}};
    auto end = session_end(device);
    if (!end || now >= *end + unreachable_after) return {DevicePhase::Unreachable, {}};
    return {DevicePhase::Disconnected, *end + unreachable_after};
}

}  // namespace wasmbed::fleet
