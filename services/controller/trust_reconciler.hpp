// Keeps the ConfigMap that tells gateways and emulators whom to trust.
#pragma once

#include <string>

#include "host/kube/client.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/reconciler.hpp"

namespace wasmbed::controller {

/// Name of the ConfigMap in the roles' namespace; docs/reference/objects.md has its data.
constexpr char kTrustConfigMap[] = "wasmbed-trust";

/// Public material only.
struct TrustData {
    std::string device_ca_pem;
    std::string service_ca_pem;
    std::string manifest_keys_json;
};

class TrustReconciler {
  public:
    /// `config_maps` and `client` must outlive it.
    TrustReconciler(kube::Client& client, const kube::Informer& config_maps, std::string roles_namespace,
                    TrustData data);

    /// Creates or repairs the ConfigMap. The namespace must be there: making one is not a controller's right.
    Task<kube::ReconcileResult> reconcile(kube::ObjectKey key);

    kube::ObjectKey key() const { return {roles_namespace_, kTrustConfigMap}; }

  private:
    Task<kube::ApiResult<void>> create();

    kube::Client& client_;
    const kube::Informer& config_maps_;
    std::string roles_namespace_;
    json::object data_;
};

}  // namespace wasmbed::controller
