// Makes Devices for the simulated ones and enrolls them as boards do: with the token that the controller made.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/kube/client.hpp"
#include "services/simulator/fleet.hpp"

namespace wasmbed::simulator {

struct EnrollOptions {
    std::string ns;
    std::string prefix;     ///< Devices are named PREFIX-00000 and on
    std::size_t first = 0;  ///< number of the first
    std::size_t count = 0;
    std::size_t parallel = 32;  ///< at one time
    std::string identities;     ///< file they are kept in
};

/// Enrolls them all; `progress` is called with how many are done. The error says which device failed and why; what was
/// enrolled before is in the file. Label of the Devices: `wasmbed.io/simulated: "true"`.
Task<Result<void, std::string>> enroll(kube::Client& client, Fleet& fleet, EnrollOptions options,
                                       std::function<void(std::size_t)> progress);

}  // namespace wasmbed::simulator
