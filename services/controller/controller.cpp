#include "services/controller/controller.hpp"

#include <utility>

#include "host/base/log.hpp"
#include "host/base/task_group.hpp"
#include "host/kube/client.hpp"
#include "host/kube/event_recorder.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/reconciler.hpp"
#include "host/pki/directory.hpp"
#include "services/controller/application_reconciler.hpp"
#include "services/controller/device_reconciler.hpp"
#include "services/controller/trust_reconciler.hpp"

namespace wasmbed::controller {
namespace {

/// Keys that are worked on at once, per kind: enough to hide the API server's latency.
constexpr int kWorkers = 8;

/// What the controller reads from its folder at start.
struct Keys {
    DeviceIssuer issuer;
    ManifestSigner signer;
    std::string service_ca_pem;
};

Result<Keys, std::string> load_keys(const std::string& pki_dir) {
    pki::PkiDirectory pki = pki::PkiDirectory::at(pki_dir);
    auto device_ca = pki.authority("device-ca");
    if (!device_ca) return fail(device_ca.error().message);
    auto signing = pki.manifest_key();
    if (!signing) return fail(signing.error().message);
    auto service_ca = pki.certificate("service-ca");
    if (!service_ca) return fail(service_ca.error().message);
    return Keys{DeviceIssuer(std::move(*device_ca)), ManifestSigner(std::move(*signing)), service_ca->to_pem()};
}

/// Everything that lives as long as the role, wired together.
class Controller {
  public:
    Controller(IoContext& io, kube::Kubeconfig config, Keys keys, const std::string& roles_namespace);

    /// Runs the informers; the reconcilers start when all caches are filled, since a decision on half a cache would be
    /// wrong.
    void start(TaskGroup& tasks);

  private:
    void connect_devices();
    void connect_applications();
    Task<> start_reconcilers(TaskGroup* tasks);
    void enqueue_applications_in(const std::string& ns);
    void enqueue_devices_of_gateway(const std::string& gateway);

    Keys keys_;
    kube::Client client_;
    kube::EventRecorder events_;
    kube::Informer devices_;
    kube::Informer applications_;
    kube::Informer revisions_;
    kube::Informer tokens_;
    kube::Informer gateways_;
    kube::Informer trust_map_;
    FleetIndex index_;
    DeviceReconciler device_reconciler_;
    ApplicationReconciler application_reconciler_;
    TrustReconciler trust_reconciler_;
    kube::Reconciler device_queue_;
    kube::Reconciler application_queue_;
    kube::Reconciler trust_queue_;
};

Controller::Controller(IoContext& io, kube::Kubeconfig config, Keys keys, const std::string& roles_namespace)
    : keys_(std::move(keys)),
      client_(io, std::move(config), "wasmbed-controller"),
      events_(client_, "wasmbed-controller"),
      devices_(client_, kube::kDevices, ""),
      applications_(client_, kube::kApplications, ""),
      revisions_(client_, kube::kApplicationRevisions, ""),
      tokens_(client_, kube::kSecrets, "", {.label_selector = "wasmbed.io/device", .field_selector = ""}),
      gateways_(client_, kube::kGateways, roles_namespace),
      trust_map_(client_, kube::kConfigMaps, roles_namespace,
                 {.label_selector = "", .field_selector = std::string("metadata.name=") + kTrustConfigMap}),
      index_(devices_, revisions_, keys_.signer),
      device_reconciler_({client_, devices_, tokens_, gateways_, index_, keys_.issuer, events_, roles_namespace}),
      application_reconciler_({client_, applications_, index_, keys_.signer, events_}),
      trust_reconciler_(client_, trust_map_, roles_namespace,
                        {keys_.issuer.authority_pem(), keys_.service_ca_pem, keys_.signer.trusted_keys_json()}),
      device_queue_(io, "device", [this](kube::ObjectKey key) { return device_reconciler_.reconcile(std::move(key)); },
                    {.workers = kWorkers}),
      application_queue_(io, "application",
                         [this](kube::ObjectKey key) { return application_reconciler_.reconcile(std::move(key)); },
                         {.workers = kWorkers}),
      trust_queue_(io, "trust", [this](kube::ObjectKey key) { return trust_reconciler_.reconcile(std::move(key)); }) {
    connect_devices();
    connect_applications();
    trust_map_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr&) {
        trust_queue_.enqueue(key);
    });
}

void Controller::connect_devices() {
    devices_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr&) {
        device_queue_.enqueue(key);
        enqueue_applications_in(key.ns);
    });
    tokens_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
        const json::value& secret = after ? *after : *before;
        std::string device(json_string(secret, {"metadata", "labels", "wasmbed.io/device"}));
        device_queue_.enqueue({key.ns, std::move(device)});
    });
    gateways_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr& before,
                               const kube::ObjectPtr& after) {
        // Only its timeouts matter here, and they are spec; its status changes often.
        bool same_spec = before && after &&
                         json_int(*before, {"metadata", "generation"}) == json_int(*after, {"metadata", "generation"});
        if (!same_spec) enqueue_devices_of_gateway(key.name);
    });
}

void Controller::connect_applications() {
    applications_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr&) {
        application_queue_.enqueue(key);
    });
    revisions_.on_change(
        [this](const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
            const json::value& revision = after ? *after : *before;
            application_queue_.enqueue({key.ns, std::string(json_string(revision, {"spec", "application", "name"}))});
        });
}

void Controller::enqueue_applications_in(const std::string& ns) {
    for (const kube::ObjectPtr& app : applications_.list(ns)) application_queue_.enqueue(kube::key_of(*app));
}

void Controller::enqueue_devices_of_gateway(const std::string& gateway) {
    for (const kube::ObjectPtr& device : devices_.list()) {
        if (json_string(*device, {"status", "session", "gateway"}) == gateway) {
            device_queue_.enqueue(kube::key_of(*device));
        }
    }
}

void Controller::start(TaskGroup& tasks) {
    for (kube::Informer* informer : {&devices_, &applications_, &revisions_, &tokens_, &gateways_, &trust_map_}) {
        tasks.spawn("informer " + std::string(informer->type().plural), informer->run());
    }
    tasks.spawn("start", start_reconcilers(&tasks));
}

Task<> Controller::start_reconcilers(TaskGroup* tasks) {
    co_await trust_map_.wait_synced();
    trust_queue_.enqueue(trust_reconciler_.key());
    tasks->spawn("trust", trust_queue_.run());
    for (kube::Informer* informer : {&devices_, &applications_, &revisions_, &tokens_, &gateways_}) {
        co_await informer->wait_synced();
    }
    log_info("ready", {{"devices", devices_.size()}, {"applications", applications_.size()}});
    tasks->spawn("devices", device_queue_.run());
    tasks->spawn("applications", application_queue_.run());
}

}  // namespace

Task<int> controller_main(IoContext& io, StopSignal& stop, ControllerOptions options) {
    auto config = options.kubeconfig.empty() ? kube::in_cluster_config() : kube::load_kubeconfig(options.kubeconfig);
    if (!config) {
        log_error("cannot tell where the API server is", {{"error", config.error()}});
        co_return 1;
    }
    auto keys = load_keys(options.pki_dir);
    if (!keys) {
        log_error("cannot read the controller's keys", {{"error", keys.error()}});
        co_return 1;
    }
    Controller controller(io, std::move(*config), std::move(*keys), options.roles_namespace);
    TaskGroup tasks(io);
    int status = 0;
    tasks.on_failure([&](const std::string&) {
        status = 1;
        stop.request();
    });
    controller.start(tasks);
    co_await stop.wait();
    co_await tasks.stop();
    co_return status;
}

int run_controller(const ControllerOptions& options) {
    return run_role("controller",
                    [options](IoContext& io, StopSignal& stop) { return controller_main(io, stop, options); });
}

}  // namespace wasmbed::controller
