// The gateway's sign of life: a coordination Lease with the gateway's name, renewed while it serves devices.
#pragma once

#include <chrono>
#include <string>

#include "host/base/task_group.hpp"
#include "host/kube/client.hpp"

namespace wasmbed::gateway {

/// A gateway whose Lease was not renewed for kDuration counts as dead; the controller then says so in its Gateway.
class LeaseKeeper {
  public:
    static constexpr std::chrono::seconds kDuration{9};
    static constexpr std::chrono::seconds kRenewPeriod{3};

    /// `self` names Gateway and Lease; `holder` this process.
    LeaseKeeper(kube::Client& client, kube::ObjectKey self, std::string holder)
        : client_(client), self_(std::move(self)), holder_(std::move(holder)) {}

    /// Takes the Lease, then renews it, until the group is cancelled. One write per period; errors are tried again with
    /// the next one.
    void start(TaskGroup& tasks) { tasks.spawn("gateway lease", run()); }

    /// Says that the process is about to end: the Lease is nobody's. Unless another process has taken it.
    Task<> release();

  private:
    Task<> run();
    Task<kube::ApiResult<void>> take();
    Task<kube::ApiResult<void>> write(json::object spec);

    kube::Client& client_;
    kube::ObjectKey self_;
    std::string holder_;
    bool taken_ = false;
};

}  // namespace wasmbed::gateway
