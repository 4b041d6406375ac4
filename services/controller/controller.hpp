// The controller role: decides which device gets what, issues certificates, and signs manifests.
#pragma once

#include <chrono>
#include <string>

#include "host/base/role.hpp"
#include "host/base/task.hpp"

namespace wasmbed::controller {

struct ControllerOptions {
    std::string kubeconfig;                   ///< path; empty: the Pod's ServiceAccount
    std::string roles_namespace = "wasmbed";  ///< where the ConfigMap `wasmbed-trust` and the Gateways are
    /// Folder with `device-ca.crt`, `device-ca.key`, `service-ca.crt` and `manifest-signing.key`, and for the probes
    /// `controller.crt` and `controller.key`. Nothing else in it is read.
    std::string pki_dir;
    /// Of this process in the Lease `wasmbed-controller`: of several controllers only one acts. One that starts again
    /// under its former identity goes on at once. Empty: a random one.
    std::string identity{};
    /// ADDRESS:PORT of /metrics, /healthz and /readyz, over TLS with `controller.crt` and `.key` of pki_dir; empty:
    /// none.
    std::string probes_address{};
    std::chrono::seconds lease_duration{10};
};

/// Runs the controller until SIGTERM or SIGINT; gives the exit status: 0 after an orderly stop, 1 with one line in the
/// log that says what is wrong. Waits for the API server as long as it takes. Blocks the calling thread.
int run_controller(const ControllerOptions& options);

/// The same as a coroutine, for `run_controller` and for tests: returns once `stop` was requested and everything has
/// ended.
Task<int> controller_main(IoContext& io, StopSignal& stop, ControllerOptions options);

}  // namespace wasmbed::controller
