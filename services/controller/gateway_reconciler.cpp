#include "services/controller/gateway_reconciler.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "host/fleet/condition.hpp"
#include "services/controller/status_patch.hpp"

namespace wasmbed::controller {
namespace {

/// An expired Lease is looked at once more after this time before anything is said.
constexpr std::chrono::milliseconds kConfirmAfter{1'500};

}  // namespace

std::optional<json::object> status_without_gateway(const json::value& device, const std::string& gateway,
                                                   WallClock::time_point now) {
    bool ours = json_string(device, {"status", "session", "gateway"}) == gateway;
    if (!ours || !json_string(device, {"status", "session", "until"}).empty()) return std::nullopt;
    std::vector<fleet::Condition> conditions = fleet::conditions_from_json(device);
    set_condition(conditions,
                  {"Connected", fleet::ConditionStatus::Unknown, "GatewayLost",
                   "gateway " + gateway + " has not renewed its Lease; nothing is known of the session", 0, ""},
                  now);
    json::object session = *json_object(device, {"status", "session"});
    session["until"] = rfc3339(now);
    return json::object{{"conditions", fleet::conditions_to_json(conditions)},
                        {"session", std::move(session)},
                        {"lastSeen", rfc3339(now)},
                        {"apps", "?"}};
}

Task<kube::ReconcileResult> GatewayReconciler::reconcile(kube::ObjectKey key) {
    kube::ObjectPtr lease = parts_.leases.get(key);
    if (!lease || !parts_.gateways.get(key)) {
        followed_.erase(key);
        dead_.erase(key);
        co_return kube::ReconcileResult::done();
    }
    kube::LeaseRecord record = kube::lease_from_json(*lease);
    Followed& followed = followed_[key];
    auto silent = followed.watchdog.observe(record, SteadyClock::now());
    // A gateway that was stopped in good order has given its Lease up and said so itself.
    bool expired = !record.holder.empty() && silent >= record.duration;
    if (!expired) {
        followed.confirmed = false;
        if (dead_.erase(key) > 0) log_info("gateway is back", {{"gateway", key.name}});
        if (record.holder.empty()) co_return kube::ReconcileResult::done();
        auto left = std::chrono::ceil<std::chrono::milliseconds>(record.duration - silent);
        co_return kube::ReconcileResult::again_after(left + std::chrono::milliseconds(1));
    }
    if (!followed.confirmed) {
        auto fresh = co_await parts_.client.get(kube::kLeases, key.ns, key.name);
        if (!fresh) co_return kube::ReconcileResult::again_after(kConfirmAfter);
        followed_[key].confirmed = kube::lease_from_json(*fresh).renewed == record.renewed;
        co_return kube::ReconcileResult::again_after(kConfirmAfter);
    }
    co_return co_await declare_dead(std::move(key));
}

Task<kube::ReconcileResult> GatewayReconciler::declare_dead(kube::ObjectKey key) {
    bool first = dead_.insert(key).second;
    if (first) log_warn("gateway is silent: its sessions have ended", {{"gateway", key.name}});
    auto written = co_await write_not_ready(key);
    if (!written) co_return kube::ReconcileResult::retry(written.error());
    for (const kube::ObjectPtr& device : parts_.devices.list()) {
        auto ended = co_await end_session(device);
        // A conflict: somebody has written, another gateway perhaps; the next pass looks at what it is now.
        if (!ended) co_return kube::ReconcileResult::retry(ended.error());
    }
    co_return kube::ReconcileResult::again_after(std::chrono::seconds(5));
}

Task<kube::ApiResult<void>> GatewayReconciler::write_not_ready(kube::ObjectKey key) {
    kube::ObjectPtr gateway = parts_.gateways.get(key);
    if (!gateway) co_return kube::ApiResult<void>();
    std::vector<fleet::Condition> conditions = fleet::conditions_from_json(*gateway);
    bool changed =
        set_condition(conditions,
                      {"Ready", fleet::ConditionStatus::False, "LeaseExpired", "the gateway has not renewed its Lease",
                       json_int(*gateway, {"metadata", "generation"}), ""},
                      WallClock::now());
    auto patch = status_patch(*gateway, {{"conditions", fleet::conditions_to_json(conditions)}, {"connected", 0}});
    if (!patch) co_return kube::ApiResult<void>();
    auto written = co_await parts_.client.patch_status(kube::kGateways, key.ns, key.name, std::move(*patch));
    if (!written && !written.error().not_found()) co_return fail(written.error());
    if (changed) {
        co_await parts_.events.record(event_subject(*gateway), "Warning", "LeaseExpired",
                                      "the gateway has not renewed its Lease; its devices may go to others");
    }
    co_return kube::ApiResult<void>();
}

Task<kube::ApiResult<void>> GatewayReconciler::end_session(kube::ObjectPtr device) {
    std::string gateway(json_string(*device, {"status", "session", "gateway"}));
    bool is_dead = std::ranges::any_of(dead_, [&](const kube::ObjectKey& key) { return key.name == gateway; });
    if (!is_dead) co_return kube::ApiResult<void>();
    auto status = status_without_gateway(*device, gateway, WallClock::now());
    if (!status) co_return kube::ApiResult<void>();
    auto patch = status_patch(*device, *status);
    if (!patch) co_return kube::ApiResult<void>();
    kube::ObjectKey key = kube::key_of(*device);
    auto written = co_await parts_.client.patch_status(kube::kDevices, key.ns, key.name, std::move(*patch));
    if (!written && !written.error().not_found()) co_return fail(written.error());
    co_return kube::ApiResult<void>();
}

}  // namespace wasmbed::controller
