// Waiting until the roles of `wasmbed up` are ready.
#pragma once

#include <functional>
#include <string>

#include "host/kube/client.hpp"

namespace wasmbed::cli {

/// Asks every 50 ms: a process that is starting has no way to be watched yet. Gives up at `limit`, or when `hopeless`
/// says so.
class Readiness {
  public:
    Readiness(IoContext& io, kube::Kubeconfig admin, SteadyClock::time_point limit, std::function<bool()> hopeless);

    /// The API server answers.
    Task<Result<void, std::string>> apiserver();
    /// The namespace exists, or is made.
    Task<Result<void, std::string>> ensure_namespace(std::string name);
    /// Where the roles listen that answer HTTP.
    struct Urls {
        std::string gateway;
        std::string emulator;
        std::string web;
    };
    /// The controller has written the trust, the Gateway object says Ready, gateway, emulator and dashboard answer.
    Task<Result<void, std::string>> roles(std::string gateway, Urls urls);

  private:
    using Probe = std::function<Task<bool>()>;
    Task<Result<void, std::string>> wait(std::string what, Probe probe);

    IoContext& io_;
    kube::Kubeconfig admin_;
    kube::Client client_;
    SteadyClock::time_point limit_;
    std::function<bool()> hopeless_;
};

}  // namespace wasmbed::cli
