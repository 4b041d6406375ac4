// Makes the world of one Device right: token, certificate, status.
#pragma once

#include "host/kube/event_recorder.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/reconciler.hpp"
#include "services/controller/device_decision.hpp"
#include "services/controller/fleet_index.hpp"
#include "services/controller/issuer.hpp"

namespace wasmbed::controller {

/// What the reconciler works with; all of it must outlive it.
struct DeviceReconcilerParts {
    kube::Client& client;
    const kube::Informer& devices;
    const kube::Informer& tokens;  ///< Secrets with the label wasmbed.io/device
    const kube::Informer& gateways;
    const FleetIndex& index;
    const DeviceIssuer& issuer;
    kube::EventRecorder& events;
    std::string roles_namespace;
};

class DeviceReconciler {
  public:
    explicit DeviceReconciler(DeviceReconcilerParts parts) : parts_(std::move(parts)) {}

    /// Reads the caches, decides, applies. A conflict means that somebody wrote in between: the key is looked at again.
    Task<kube::ReconcileResult> reconcile(kube::ObjectKey key);

  private:
    DeviceObserved observe(const fleet::Device& device) const;
    Task<kube::ApiResult<void>> apply(kube::ObjectPtr object, DeviceObserved observed, DeviceDecision decision,
                                      json::object status);
    Task<kube::ApiResult<void>> create_token(fleet::ObjectMeta device);
    Task<kube::ApiResult<void>> delete_token(fleet::ObjectMeta device);

    DeviceReconcilerParts parts_;
};

/// Name of the Secret with a Device's enrollment token. The token's id is the Device's uid: one token per Device, found
/// without a look-up.
std::string token_secret_name(const std::string& device_uid);

/// The Secret itself, with a fresh token of 32 random bytes.
json::value make_token_secret(const fleet::ObjectMeta& device);

}  // namespace wasmbed::controller
