// The emulator role: runs a board for each Device with spec.emulation.enabled.
#pragma once

#include <cstdint>
#include <string>

namespace wasmbed::emulator {

struct EmulatorOptions {
    std::string kubeconfig;                   ///< path; empty: the Pod's ServiceAccount
    std::string roles_namespace = "wasmbed";  ///< where the ConfigMap `wasmbed-trust` and the Gateways are
    std::string data_dir;                     ///< existing folder; boards live in its devices/<namespace>/<name>/
    std::string firmware_dir;                 ///< <board>.emulator.json, .elf (or .bin), .dtb
    /// Folder with `emulator.crt`, `.key` (server certificate of the HTTPS API), `user-ca.crt` and `service-ca.crt`
    /// (whose clients it accepts).
    std::string pki_dir;
    std::string api_address = "127.0.0.1:30461";  ///< numeric; port 0 picks one
    /// What others reach the HTTPS API by, for Device.status.emulation.console; empty: "https://" and the bound
    /// api_address.
    std::string api_url;
    std::string device;     ///< NAMESPACE/NAME: only this Device's board; empty: those of all
    std::string pod_image;  ///< each board in a Pod of this image, which runs `emulator --device`; empty: here
};

/// Runs the emulator until SIGTERM or SIGINT, then switches all its boards off; gives the exit status: 0 after an
/// orderly stop, 1 with one line in the log that says what is wrong. Call it on the main thread: the boards' processes
/// die with that thread.
int run_emulator(const EmulatorOptions& options);

}  // namespace wasmbed::emulator
