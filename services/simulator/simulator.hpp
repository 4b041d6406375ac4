// The command `wasmbed fleet`.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "host/kube/client.hpp"

namespace wasmbed::simulator {

struct SimulatorOptions {
    std::size_t devices = 100;
    std::vector<std::string> gateways;  ///< "ADDRESS:PORT"; empty: spec.endpoints of the Gateways in the namespace
    std::string identities;             ///< file of keys and certificates; devices that it lacks enroll
    std::string prefix = "simulated";   ///< of the Devices' names
    std::size_t connecting_max = 128;   ///< connections being made at one time
    std::uint32_t spread_ms = 1000;     ///< over which the first connections start
    std::uint32_t app_start_ms = 100;   ///< from a checked module to Running
    unsigned fail_percent = 0;          ///< of the apps, that trap instead
    std::uint32_t log_seconds = 0;      ///< each device logs a line this often; 0: never
    std::uint32_t seconds = 0;          ///< how long to run; 0: until it is stopped
    bool json = false;                  ///< progress as JSON, a line a second
};

/// Reads trust and gateways from the API server, enrolls what is not enrolled, and runs the fleet. Progress goes to
/// `out` once a second while it changes, errors to `err`. Gives the exit status: 0, or 1 when it could not start.
Task<int> run_fleet(kube::Client& client, std::string ns, SimulatorOptions options, std::ostream& out,
                    std::ostream& err);

}  // namespace wasmbed::simulator
