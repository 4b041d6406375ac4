// The gateway role: owns the sessions of devices, and says in the API server what they report.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wasmbed::gateway {

struct GatewayOptions {
    std::string name = "default";             ///< of the Gateway object; a DNS label
    std::string roles_namespace = "wasmbed";  ///< where the Gateway object and the ConfigMap `wasmbed-trust` are
    std::string kubeconfig;                   ///< path; empty: the Pod's ServiceAccount
    /// Folder with `gateway-<name>.crt`, `.key` (server certificate of both ports), `user-ca.crt` and `service-ca.crt`
    /// (whose clients the HTTPS API accepts). Private keys of CAs are not read.
    std::string pki_dir;
    std::string data_dir;                           ///< existing folder for `gateway-<name>.db`
    std::string device_address = "127.0.0.1:8443";  ///< numeric; port 0 picks one
    std::string serial_address = "127.0.0.1:8444";  ///< for serial bridges; numeric; port 0 picks one; empty: none
    std::string api_address = "127.0.0.1:30460";    ///< numeric; port 0 picks one
    /// What other roles reach the HTTPS API by, for Gateway.status.api; empty: "https://" and the bound api_address.
    std::string api_url;
    /// Devices whose session an earlier process of this gateway left open get this long to come back before they are
    /// shown as disconnected.
    std::chrono::milliseconds abandoned_grace{10'000};
};

/// Runs the gateway until SIGTERM or SIGINT; gives the exit status: 0 after an orderly stop, 1 with one line in the log
/// that says what is wrong and what to do.
///
/// Creates its Gateway object when it is missing, with the bound device address as its only endpoint. Waits for API
/// server and `wasmbed-trust` as long as it takes; devices are only heard once both are there.
int run_gateway(const GatewayOptions& options);

}  // namespace wasmbed::gateway
