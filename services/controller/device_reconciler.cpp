#include "services/controller/device_reconciler.hpp"

#include "host/base/log.hpp"
#include "host/fleet/gateway.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "services/controller/finalizer.hpp"
#include "services/controller/status_patch.hpp"

namespace wasmbed::controller {
namespace {

/// As in core/proto/wire.cddl, enroll.
constexpr std::size_t kTokenBytes = 32;
/// Entries of status.revoked, as in deploy/crds/devices.yaml.
constexpr std::ptrdiff_t kRevokedMax = 16;

/// The list with the present certificate added; those that would have expired first go when it is full.
json::array revoked_of(const fleet::Device& device) {
    std::vector<fleet::RevokedCertificate> list = device.revoked;
    if (device.identity) {
        list.push_back({device.identity->serial, device.identity->not_after, rfc3339(WallClock::now()), "Requested"});
    }
    if (std::ssize(list) > kRevokedMax) list.erase(list.begin(), list.end() - kRevokedMax);
    json::array out;
    for (const fleet::RevokedCertificate& entry : list) out.push_back(entry.to_json());
    return out;
}

json::object status_of(const DeviceDecision& decision, const fleet::Device& device) {
    json::object status{{"phase", device_phase_name(decision.phase)},
                        {"conditions", fleet::conditions_to_json(decision.conditions)},
                        {"observedGeneration", device.meta.generation}};
    if (decision.issue_certificate && device.identity) status["identity"] = device.identity->to_json();
    if (decision.revoke) {
        status["identity"] = nullptr;
        status["enrollment"] = nullptr;
        status["revoked"] = revoked_of(device);
    }
    return status;
}

}  // namespace

std::string token_secret_name(const std::string& device_uid) {
    return "enrollment-" + device_uid;
}

json::value make_token_secret(const fleet::ObjectMeta& device) {
    return {{"apiVersion", "v1"},
            {"kind", "Secret"},
            {"metadata",
             {{"name", token_secret_name(device.uid)},
              {"namespace", device.ns},
              {"labels", {{"wasmbed.io/device", device.name}}},
              {"ownerReferences", json::array{fleet::owner_reference("wasmbed.io/v1alpha1", "Device", device)}}}},
            {"type", "wasmbed.io/enrollment-token"},
            {"data", {{"token", pki::to_base64(pki::random_bytes(kTokenBytes))}}}};
}

DeviceObserved DeviceReconciler::observe(const fleet::Device& device) const {
    DeviceObserved observed;
    observed.device = device;
    observed.token_exists = parts_.tokens.get(device.meta.ns, token_secret_name(device.meta.uid)) != nullptr;
    if (device.identity) observed.identity_issued = issued_at(*device.identity);
    observed.unreachable_after = fleet::kUnreachableDefault;
    if (device.session) {
        auto gateway = parts_.gateways.get(parts_.roles_namespace, device.session->gateway);
        if (gateway) observed.unreachable_after = fleet::gateway_from_json(*gateway).unreachable;
    }
    return observed;
}

Task<kube::ReconcileResult> DeviceReconciler::reconcile(kube::ObjectKey key) {
    kube::ObjectPtr object = parts_.devices.get(key);
    const fleet::Device* device = parts_.index.device(key);
    if (!object || device == nullptr) co_return kube::ReconcileResult::done();
    if (!device->meta.deleting && !device->meta.has_finalizer(kDeviceFinalizer)) {
        auto added = co_await add_finalizer(parts_.client, kube::kDevices, device->meta, kDeviceFinalizer);
        if (!added) co_return kube::ReconcileResult::retry(added.error());
        // The object changes by that, and its change brings the key back.
        co_return kube::ReconcileResult::done();
    }

    WallClock::time_point now = WallClock::now();
    DeviceObserved observed = observe(*device);
    DeviceDecision decision = decide_device(observed, now);
    if (decision.issue_certificate) {
        auto identity = parts_.issuer.issue(observed.device, now);
        if (identity) {
            bool renews = observed.device.identity &&
                          observed.device.enrollment->renews_serial == observed.device.identity->serial;
            if (renews) identity->previous_serial = observed.device.identity->serial;
            observed.device.identity = *identity;
            observed.identity_issued = now;
            decision = decide_device(observed, now);
            decision.issue_certificate = true;
        } else {
            decision.issue_certificate = false;
            refuse_request(decision, observed, identity.error(), now);
        }
    }
    json::object status = status_of(decision, observed.device);
    auto look_again = decision.look_again;
    auto applied = co_await apply(object, std::move(observed), std::move(decision), std::move(status));
    if (!applied) co_return kube::ReconcileResult::retry(applied.error());
    if (look_again) co_return kube::ReconcileResult::again_at(*look_again);
    co_return kube::ReconcileResult::done();
}

Task<kube::ApiResult<void>> DeviceReconciler::apply(kube::ObjectPtr object, DeviceObserved observed,
                                                    DeviceDecision decision, json::object status) {
    const fleet::ObjectMeta& meta = observed.device.meta;
    if (decision.release) {
        co_return co_await remove_finalizer(parts_.client, kube::kDevices, meta, kDeviceFinalizer);
    }
    if (decision.create_token) {
        auto created = co_await create_token(meta);
        if (!created) co_return fail(created.error());
    }
    if (auto patch = status_patch(*object, status)) {
        auto written = co_await parts_.client.patch_status(kube::kDevices, meta.ns, meta.name, std::move(*patch));
        if (!written && written.error().not_found()) co_return kube::ApiResult<void>();
        if (!written) co_return fail(written.error());
    }
    if (decision.delete_token) {
        auto deleted = co_await delete_token(meta);
        if (!deleted) co_return fail(deleted.error());
    }
    for (const EventToRecord& event : decision.events) {
        log_info("device changed", {{"device", meta.ns + "/" + meta.name}, {"reason", event.reason}});
        co_await parts_.events.record(event_subject(*object), event.warning ? "Warning" : "Normal", event.reason,
                                      event.message);
    }
    co_return kube::ApiResult<void>();
}

Task<kube::ApiResult<void>> DeviceReconciler::create_token(fleet::ObjectMeta device) {
    auto created = co_await parts_.client.create(kube::kSecrets, device.ns, make_token_secret(device));
    // The cache lags behind a create of our own.
    if (!created && !created.error().already_exists()) co_return fail(created.error());
    co_return kube::ApiResult<void>();
}

Task<kube::ApiResult<void>> DeviceReconciler::delete_token(fleet::ObjectMeta device) {
    auto deleted = co_await parts_.client.remove(kube::kSecrets, device.ns, token_secret_name(device.uid));
    if (!deleted && !deleted.error().not_found()) co_return fail(deleted.error());
    co_return kube::ApiResult<void>();
}

}  // namespace wasmbed::controller
