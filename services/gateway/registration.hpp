// The gateway's own object: made when missing, settings read from it, status kept right.
#pragma once

#include <functional>
#include <string>

#include "host/base/task_group.hpp"
#include "host/fleet/gateway.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/reconciler.hpp"

namespace wasmbed::gateway {

/// The certificate that devices and callers of the HTTPS API are shown.
struct ServerCertificate {
    std::string serial;  ///< lower-case hex
    WallClock::time_point not_after;
};

/// What Gateway.status says.
struct GatewayFacts {
    bool ready = true;
    std::size_t connected = 0;
    std::uint64_t enrolled = 0;
    std::size_t capacity = 0;  ///< sessions at most
    bool draining = false;     ///< spec.drain is true
    std::string version;
    std::string serial;  ///< "host:port" for serial bridges, empty: none
    std::string api;
    ServerCertificate certificate;
};

/// Gateway.status as it should be, with `present`'s conditions carried over. Pure.
json::object gateway_status(const json::value& present, const GatewayFacts& facts, WallClock::time_point now);

class Registration {
  public:
    /// `gateways`: of the namespace of `self`, run by its owner. `endpoint`: spec.endpoints of an object that this
    /// process creates.
    Registration(kube::Client& client, kube::Informer& gateways, kube::ObjectKey self, std::string endpoint);

    /// Called with the Gateway object's settings whenever it changes.
    void on_settings(std::function<void(const fleet::Gateway&)> callback) { settings_ = std::move(callback); }

    void start(TaskGroup& tasks);

    /// Writes these facts some time soon; at most one write per second however often they change.
    void set(GatewayFacts facts);

    /// Writes them now, after a write that is under way, and nothing any more: for the last status of a gateway that
    /// stops.
    Task<> write_now(GatewayFacts facts);

  private:
    Task<kube::ReconcileResult> reconcile(kube::ObjectKey key);

    kube::Client& client_;
    kube::ObjectKey self_;
    std::string endpoint_;
    kube::Informer& informer_;
    kube::Reconciler reconciler_;
    GatewayFacts facts_;
    bool writing_ = false, stopped_ = false;
    Notifier written_;
    std::function<void(const fleet::Gateway&)> settings_;
};

}  // namespace wasmbed::gateway
