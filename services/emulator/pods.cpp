#include "services/emulator/pods.hpp"

#include "host/base/log.hpp"
#include "services/emulator/device_pod.hpp"
#include "services/emulator/fleet.hpp"

namespace wasmbed::emulator {
namespace {

constexpr kube::ResourceType kPods{"", "v1", "pods", "Pod"};

kube::ObjectKey device_of(const json::value& pod) {
    std::string text(json_string(pod, {"metadata", "annotations", kPodDevice}));
    auto slash = text.find('/');
    if (slash == text.npos) return {};
    return {text.substr(0, slash), text.substr(slash + 1)};
}

}  // namespace

DevicePods::DevicePods(IoContext& io, kube::Client& client, const EmulatorOptions& options)
    : client_(client),
      options_(options),
      devices_(client, kube::kDevices, ""),
      pods_(client, kPods, options.roles_namespace,
            {.label_selector = std::string("app=") + kPodApp, .field_selector = {}}),
      reconciler_(io, "pods", [this](kube::ObjectKey key) { return reconcile(std::move(key)); }) {
    devices_.on_change([this](const kube::ObjectKey& key, const auto&, const auto&) { reconciler_.enqueue(key); });
    pods_.on_change([this](const auto&, const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
        auto key = device_of(after ? *after : *before);
        if (!key.name.empty()) reconciler_.enqueue(key);
    });
}

void DevicePods::start(TaskGroup& tasks) {
    tasks.spawn("devices", devices_.run());
    tasks.spawn("pods", pods_.run());
    tasks.spawn("reconciler", reconciler_.run());
}

Task<kube::ReconcileResult> DevicePods::reconcile(kube::ObjectKey key) {
    // Before both are known, a Pod would look as if its Device were gone.
    co_await devices_.wait_synced();
    co_await pods_.wait_synced();
    kube::ObjectPtr device = devices_.get(key);
    bool wanted = device && wants_emulation(*device);
    std::string name = wanted ? pod_name(*device) : std::string();
    bool there = false;
    for (const kube::ObjectPtr& pod : pods_.list(options_.roles_namespace)) {
        if (!(device_of(*pod) == key)) continue;
        std::string other(json_string(*pod, {"metadata", "name"}));
        there = there || other == name;
        if (other == name || json_find(*pod, {"metadata", "deletionTimestamp"})) continue;
        auto removed = co_await client_.remove(kPods, options_.roles_namespace, other);
        if (!removed && !removed.error().not_found()) co_return kube::ReconcileResult::retry(removed.error());
        log_info("removed the Pod of a board", {{"device", key.text()}, {"pod", other}});
    }
    if (!wanted || there) co_return kube::ReconcileResult::done();
    auto made = co_await client_.create(kPods, options_.roles_namespace,
                                        device_pod(*device, options_.roles_namespace, options_.pod_image));
    if (!made && !made.error().already_exists()) co_return kube::ReconcileResult::retry(made.error());
    if (made) log_info("made a Pod for a board", {{"device", key.text()}, {"pod", name}});
    co_return kube::ReconcileResult::done();
}

}  // namespace wasmbed::emulator
