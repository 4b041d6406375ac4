// Runs one client command to its end.
#pragma once

#include <functional>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

/// Finds the kubeconfig, runs `command` on an event loop of its own, prints to standard output and error; gives its
/// exit status. Signals end the process as usual: a client command has nothing to put in order.
int run_command(const ClientFlags& flags, const std::function<Task<int>(Context&)>& command);

}  // namespace wasmbed::cli
