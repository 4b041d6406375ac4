#include "services/controller/trust_reconciler.hpp"

#include "host/base/log.hpp"

namespace wasmbed::controller {

TrustReconciler::TrustReconciler(kube::Client& client, const kube::Informer& config_maps, std::string roles_namespace,
                                 TrustData data)
    : client_(client),
      config_maps_(config_maps),
      roles_namespace_(std::move(roles_namespace)),
      data_({{"device-ca.pem", std::move(data.device_ca_pem)},
             {"service-ca.pem", std::move(data.service_ca_pem)},
             {"manifest-keys.json", std::move(data.manifest_keys_json)}}) {}

Task<kube::ReconcileResult> TrustReconciler::reconcile(kube::ObjectKey key) {
    if (key != this->key()) co_return kube::ReconcileResult::done();
    kube::ObjectPtr present = config_maps_.get(key);
    if (!present) {
        auto created = co_await create();
        if (!created) co_return kube::ReconcileResult::retry(created.error());
        co_return kube::ReconcileResult::done();
    }
    const json::object* data = json_object(*present, {"data"});
    if (data != nullptr && *data == data_) co_return kube::ReconcileResult::done();
    log_warn("the trust of gateways differs from ours; repairing it", {{"configmap", key.text()}});
    // A merge patch keeps what it does not name: members that are not ours are set to null in it.
    json::object patch = make_merge_patch(data == nullptr ? json::object() : *data, data_);
    auto patched = co_await client_.patch(kube::kConfigMaps, key.ns, key.name, json::object{{"data", patch}});
    if (!patched) co_return kube::ReconcileResult::retry(patched.error());
    co_return kube::ReconcileResult::done();
}

Task<kube::ApiResult<void>> TrustReconciler::create() {
    json::value object = {{"apiVersion", "v1"},
                          {"kind", "ConfigMap"},
                          {"metadata", {{"name", kTrustConfigMap}, {"namespace", roles_namespace_}}},
                          {"data", data_}};
    auto created = co_await client_.create(kube::kConfigMaps, roles_namespace_, std::move(object));
    if (!created && !created.error().already_exists()) co_return fail(created.error());
    co_return kube::ApiResult<void>();
}

}  // namespace wasmbed::controller
