// A real API server for tests: own thread, own temporary directory, own throw-away PKI, any free port.
#pragma once

#include <memory>
#include <string>

#include "host/kube/kubeconfig.hpp"

namespace wasmbed::apiserver {

/// Starts in the constructor (throws std::runtime_error when it cannot), stops in the destructor, which also removes
/// the directory. It runs on a thread of its own, so a test may use blocking calls or an event loop of its own.
class TestApiserver {
  public:
    TestApiserver();
    ~TestApiserver();

    /// "https://127.0.0.1:PORT"
    std::string url() const;

    /// Credentials for a client: admin (system:masters), by certificate of the user CA.
    kube::Kubeconfig admin() const;

    /// Credentials signed by the service CA, for instance
    /// role("system:wasmbed:gateway:gw-1", "wasmbed:gateways"), role("system:wasmbed:controller",
    /// "wasmbed:controllers").
    kube::Kubeconfig role(const std::string& common_name, const std::string& organization) const;

    /// Credentials signed by the user CA.
    kube::Kubeconfig user(const std::string& common_name, const std::string& organization) const;

    /// A kubeconfig file for `admin`, in the directory.
    std::string kubeconfig_path() const;
    /// The temporary directory; pki/ in it has the CAs' certificates and keys: user-ca, service-ca (.crt, .key).
    std::string directory() const;

    /// Stops the server; `start` brings it back on the same port with the same database.
    void stop();
    void start();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wasmbed::apiserver
