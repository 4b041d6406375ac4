// The phase of a Device, from what its status says and the time.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "host/fleet/device.hpp"

namespace wasmbed::fleet {

enum class DevicePhase { Pending, Enrolling, Enrolled, Connected, Disconnected, Unreachable };

std::string_view device_phase_name(DevicePhase phase);

struct PhaseResult {
    DevicePhase phase = DevicePhase::Pending;
    /// When the phase changes though nothing is written: a Disconnected device becomes Unreachable.
    std::optional<WallClock::time_point> changes_at;
};

/// Pending (nothing heard) → Enrolling (request seen) → Enrolled (certificate issued) → Connected (live session) ⇄
/// Disconnected → Unreachable
/// (`unreachable_after` without a session). Pure.
PhaseResult device_phase(const Device& device, std::chrono::seconds unreachable_after, WallClock::time_point now);

}  // namespace wasmbed::fleet
