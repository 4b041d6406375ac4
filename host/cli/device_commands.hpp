// `wasmbed device ...`, `wasmbed console`, `wasmbed logs`.
#pragma once

#include <string>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

/// A person's decision about a device that waits: "Approved" or "Rejected" in spec.approval.
Task<int> decide_device(Context& context, std::string device, std::string approval);

/// "on", "off" or "reset" of an emulated device.
Task<int> switch_device(Context& context, std::string device, std::string action);

/// Copies the console of an emulated device to `out`: what there is, and with `follow` what comes. `input_fd` is typed
/// into the device line by line as it becomes readable; -1: nothing is typed.
Task<int> console(Context& context, std::string device, bool follow, int input_fd);

struct LogOptions {
    std::string app;     ///< Application; empty: all, and the firmware's own
    std::string device;  ///< Device; empty: all
    bool follow = false;
    int tail = 100;  ///< last records first; negative: all that are kept
    bool timestamps = false;
};

/// What apps logged, as their devices reported it to the gateways. One line each; prefixed with device and app where
/// these are not given.
Task<int> logs(Context& context, LogOptions options);

}  // namespace wasmbed::cli
