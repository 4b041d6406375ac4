// Says of a gateway that has fallen silent that it is not ready, and of its devices that nothing is known.
#pragma once

#include <map>
#include <set>

#include "host/kube/event_recorder.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/leader_election.hpp"
#include "host/kube/reconciler.hpp"
#include "services/controller/fleet_index.hpp"

namespace wasmbed::controller {

/// What the reconciler works with; all of it must outlive it.
struct GatewayReconcilerParts {
    kube::Client& client;
    const kube::Informer& gateways;
    const kube::Informer& leases;  ///< of the same namespace; a gateway's has its name
    const kube::Informer& devices;
    const FleetIndex& index;
    kube::EventRecorder& events;
};

/// A gateway renews a Lease of its name while it serves. When the Lease is silent for its duration, twice looked at (an
/// API server that comes back has old Leases for a moment), the gateway's Ready becomes False and the sessions it held
/// end; another gateway that has taken such a device has raised its epoch and names itself, so it is left alone.
class GatewayReconciler {
  public:
    explicit GatewayReconciler(GatewayReconcilerParts parts) : parts_(std::move(parts)) {}

    Task<kube::ReconcileResult> reconcile(kube::ObjectKey key);

  private:
    /// The Lease as this process has followed it.
    struct Followed {
        kube::LeaseWatchdog watchdog;
        bool confirmed = false;  ///< was read from the server after it had expired
    };

    Task<kube::ReconcileResult> declare_dead(kube::ObjectKey key);
    Task<kube::ApiResult<void>> write_not_ready(kube::ObjectKey key);
    Task<kube::ApiResult<void>> end_session(kube::ObjectPtr device);

    GatewayReconcilerParts parts_;
    std::map<kube::ObjectKey, Followed> followed_;
    std::set<kube::ObjectKey> dead_;
};

/// Status of a Device whose gateway is gone: Connected is Unknown, the session has ended at `now`. None when the
/// session is another gateway's, or has ended.
std::optional<json::object> status_without_gateway(const json::value& device, const std::string& gateway,
                                                   WallClock::time_point now);

}  // namespace wasmbed::controller
