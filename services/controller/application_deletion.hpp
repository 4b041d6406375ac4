// What a deleted Application waits for: that its devices say they have removed it, or are gone.
#pragma once

#include <string_view>
#include <vector>

#include "host/fleet/application.hpp"
#include "host/fleet/device.hpp"

namespace wasmbed::controller {

/// Finalizer of Applications.
constexpr std::string_view kApplicationFinalizer = "wasmbed.io/remove-from-devices";

struct DeletionDecision {
    bool done = false;    ///< nothing to wait for: the finalizer goes
    json::object status;  ///< phase, conditions and observedGeneration while it waits
};

/// Pure. A device counts until it reports that it has the app no more. Gone are: deleted and rejected devices, and
/// unreachable ones (`plan()` gives them no such app when they come back). The annotation kForceDelete ends the wait.
DeletionDecision decide_deletion(const fleet::Application& app, const std::vector<const fleet::Device*>& devices,
                                 WallClock::time_point now);

}  // namespace wasmbed::controller
