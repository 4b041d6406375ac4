#include "services/gateway/registration.hpp"

#include <boost/asio/steady_timer.hpp>

#include "host/base/log.hpp"

namespace wasmbed::gateway {
namespace {

/// Counts change with every session; the API server need not hear of each.
constexpr std::chrono::milliseconds kCoalesce{1'000};
/// How long the last write waits for one that is under way.
constexpr std::chrono::seconds kLastWriteWait{5};

}  // namespace

json::object gateway_status(const json::value& present, const GatewayFacts& facts, WallClock::time_point now) {
    std::vector<fleet::Condition> conditions = fleet::conditions_from_json(present);
    fleet::Condition ready;
    ready.type = "Ready";
    const bool serves = facts.ready && !facts.draining;
    ready.status = serves ? fleet::ConditionStatus::True : fleet::ConditionStatus::False;
    ready.reason = serves ? "Serving" : facts.ready ? "Draining" : "Stopped";
    ready.message = serves        ? "takes device sessions"
                    : facts.ready ? "sends its devices away"
                                  : "the gateway was stopped";
    ready.observed_generation = json_int(present, {"metadata", "generation"});
    fleet::set_condition(conditions, std::move(ready), now);
    json::object status{
        {"conditions", fleet::conditions_to_json(conditions)},
        {"connected", facts.connected},
        {"enrolled", facts.enrolled},
        {"capacity", facts.capacity},
        {"draining", nullptr},
        {"version", facts.version},
        {"api", facts.api},
        {"certificate", {{"serial", facts.certificate.serial}, {"notAfter", rfc3339(facts.certificate.not_after)}}}};
    if (facts.draining) status["draining"] = facts.connected;
    if (!facts.serial.empty()) status["serial"] = facts.serial;
    return status;
}

Registration::Registration(kube::Client& client, kube::Informer& gateways, kube::ObjectKey self, std::string endpoint)
    : client_(client),
      self_(std::move(self)),
      endpoint_(std::move(endpoint)),
      informer_(gateways),
      reconciler_(client.io(), "gateway registration",
                  [this](kube::ObjectKey key) { return reconcile(std::move(key)); }),
      written_(client.io()) {
    informer_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        if (key != self_) return;
        if (after && settings_) settings_(fleet::gateway_from_json(*after));
        reconciler_.enqueue(self_);
    });
}

void Registration::start(TaskGroup& tasks) {
    // What the informer heard before it was listened to here.
    const kube::ObjectPtr present = informer_.get(self_);
    if (present && settings_) settings_(fleet::gateway_from_json(*present));
    tasks.spawn("gateway registration", reconciler_.run());
    reconciler_.enqueue(self_);
}

void Registration::set(GatewayFacts facts) {
    facts_ = std::move(facts);
    reconciler_.enqueue_after(self_, kCoalesce);
}

Task<kube::ReconcileResult> Registration::reconcile(kube::ObjectKey key) {
    co_await informer_.wait_synced();
    const kube::ObjectPtr present = informer_.get(key);
    if (!present) {
        json::value wanted{{"apiVersion", kube::kGateways.api_version()},
                           {"kind", kube::kGateways.kind},
                           {"metadata", {{"name", key.name}, {"namespace", key.ns}}},
                           {"spec", {{"endpoints", json::array{endpoint_}}}}};
        const auto made = co_await client_.create(kube::kGateways, key.ns, std::move(wanted));
        if (!made && !made.error().already_exists()) co_return kube::ReconcileResult::retry(made.error());
        // The informer reports it, and that enqueues the status.
        co_return kube::ReconcileResult::done();
    }
    const json::object wanted = gateway_status(*present, facts_, WallClock::now());
    const json::object* status = json_object(*present, {"status"});
    json::object patch = make_merge_patch(status == nullptr ? json::object{} : *status, wanted);
    if (status == nullptr || !status->contains("draining")) {
        if (!facts_.draining) patch.erase("draining");
    }
    if (patch.empty() || stopped_) co_return kube::ReconcileResult::done();
    writing_ = true;
    const auto written =
        co_await client_.patch_status(kube::kGateways, key.ns, key.name, json::object{{"status", patch}});
    writing_ = false;
    written_.notify_all();
    if (!written) co_return kube::ReconcileResult::retry(written.error());
    co_return kube::ReconcileResult::done();
}

Task<> Registration::write_now(GatewayFacts facts) {
    stopped_ = true;
    boost::asio::steady_timer limit{client_.io(), kLastWriteWait};
    limit.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) written_.notify_all();
    });
    // It would say that the gateway serves.
    if (writing_) co_await written_.wait();
    limit.cancel();
    facts_ = std::move(facts);
    const kube::ObjectPtr present = informer_.get(self_);
    if (!present) co_return;
    json::object status = gateway_status(*present, facts_, WallClock::now());
    const auto written = co_await client_.patch_status(kube::kGateways, self_.ns, self_.name,
                                                       json::object{{"status", std::move(status)}});
    if (!written) log_warn("cannot write the gateway's last status", {{"error", written.error().message}});
}

}  // namespace wasmbed::gateway
