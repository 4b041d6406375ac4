// The gateway as a part of a program: `run_gateway` and tests start and stop it.
#pragma once

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "host/base/task.hpp"
#include "host/kube/kubeconfig.hpp"
#include "services/gateway/gateway.hpp"

namespace wasmbed::gateway {

class Gateway {
  public:
    /// `api_server` instead of `options.kubeconfig`.
    Gateway(IoContext& io, GatewayOptions options, kube::Kubeconfig api_server);
    ~Gateway();

    /// Returns when devices are served; waits for the API server and `wasmbed-trust` as long as it takes. The error is
    /// for an operator: it says what is wrong and what to do.
    Task<Result<void, std::string>> start();

    /// Called (once) when something it stands on changed, so that it must be started anew.
    void on_outdated(std::function<void(std::string reason)> callback);

    std::uint16_t device_port() const;
    std::uint16_t api_port() const;

    /// Ends all sessions, says so in the API server within a few seconds, and returns. Await it before destruction,
    /// also after `start` failed or was cancelled.
    Task<> stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wasmbed::gateway
