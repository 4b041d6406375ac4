#include "services/controller/controller.hpp"

#include <array>
#include <functional>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/task_group.hpp"
#include "host/kube/client.hpp"
#include "host/kube/event_recorder.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/leader_election.hpp"
#include "host/kube/reconciler.hpp"
#include "host/pki/directory.hpp"
#include "services/controller/application_reconciler.hpp"
#include "services/controller/device_reconciler.hpp"
#include "services/controller/gateway_reconciler.hpp"
#include "services/controller/metrics.hpp"
#include "services/controller/probes.hpp"
#include "services/controller/trust_reconciler.hpp"

namespace wasmbed::controller {
namespace {

/// Keys that are worked on at once, per kind: enough to hide the API server's latency.
constexpr int kWorkers = 8;
constexpr char kLeaseName[] = "wasmbed-controller";

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
    Controller(IoContext& io, kube::Kubeconfig config, Keys keys, const ControllerOptions& options);

    /// Runs the informers; the reconcilers start when all caches are filled, since a decision on half a cache would be
    /// wrong, and when this process leads. `lost` is called when it does no more: it must end then.
    void start(TaskGroup& tasks, std::function<void()> lost);
    /// Lets another lead at once. After the tasks have ended.
    Task<> release() { co_await election_.release(); }
    /// For the probes.
    std::string metrics() const;
    bool is_ready() const { return synced_; }

  private:
    void connect_devices();
    void connect_applications();
    void connect_gateways();
    std::array<kube::Informer*, 7> informers();
    Task<> start_reconcilers(TaskGroup* tasks, std::function<void()> lost);
    Task<> lead(std::function<void()> lost);
    void enqueue_applications_in(const std::string& ns);
    void enqueue_devices_of_gateway(const std::string& gateway);

    Keys keys_;
    kube::Client client_;
    kube::Client election_client_;  ///< with a short timeout
    kube::LeaderElection election_;
    kube::EventRecorder events_;
    kube::Informer devices_;
    kube::Informer applications_;
    kube::Informer revisions_;
    kube::Informer tokens_;
    kube::Informer gateways_;
    kube::Informer leases_;
    kube::Informer trust_map_;
    FleetIndex index_;
    DeviceReconciler device_reconciler_;
    ApplicationReconciler application_reconciler_;
    GatewayReconciler gateway_reconciler_;
    TrustReconciler trust_reconciler_;
    kube::Reconciler device_queue_;
    kube::Reconciler application_queue_;
    kube::Reconciler gateway_queue_;
    kube::Reconciler trust_queue_;
    bool synced_ = false;
};

kube::LeaderElectionOptions election_options(const ControllerOptions& options) {
    kube::LeaderElectionOptions out;
    out.lease = {options.roles_namespace, kLeaseName};
    out.identity = options.identity.empty() ? "controller-" + random_uuid() : options.identity;
    out.duration = options.lease_duration;
    out.renew_every = std::chrono::milliseconds(options.lease_duration) / 5;
    out.retry_every = std::chrono::milliseconds(options.lease_duration) / 10;
    return out;
}

Controller::Controller(IoContext& io, kube::Kubeconfig config, Keys keys, const ControllerOptions& options)
    : keys_(std::move(keys)),
      client_(io, config, "wasmbed-controller"),
      election_client_(io, std::move(config), "wasmbed-controller"),
      election_(election_client_, election_options(options)),
      events_(client_, "wasmbed-controller"),
      devices_(client_, kube::kDevices, ""),
      applications_(client_, kube::kApplications, ""),
      revisions_(client_, kube::kApplicationRevisions, ""),
      tokens_(client_, kube::kSecrets, "", {.label_selector = "wasmbed.io/device", .field_selector = ""}),
      gateways_(client_, kube::kGateways, options.roles_namespace),
      leases_(client_, kube::kLeases, options.roles_namespace),
      trust_map_(client_, kube::kConfigMaps, options.roles_namespace,
                 {.label_selector = "", .field_selector = std::string("metadata.name=") + kTrustConfigMap}),
      index_(devices_, applications_, revisions_, keys_.signer),
      device_reconciler_(
          {client_, devices_, tokens_, gateways_, index_, keys_.issuer, events_, options.roles_namespace}),
      application_reconciler_({client_, applications_, index_, keys_.signer, events_}),
      gateway_reconciler_({client_, gateways_, leases_, devices_, index_, events_}),
      trust_reconciler_(client_, trust_map_, options.roles_namespace,
                        {keys_.issuer.authority_pem(), keys_.service_ca_pem, keys_.signer.trusted_keys_json()}),
      device_queue_(io, "device", [this](kube::ObjectKey key) { return device_reconciler_.reconcile(std::move(key)); },
                    {.workers = kWorkers}),
      application_queue_(io, "application",
                         [this](kube::ObjectKey key) { return application_reconciler_.reconcile(std::move(key)); },
                         {.workers = kWorkers}),
      gateway_queue_(io, "gateway",
                     [this](kube::ObjectKey key) { return gateway_reconciler_.reconcile(std::move(key)); }),
      trust_queue_(io, "trust", [this](kube::ObjectKey key) { return trust_reconciler_.reconcile(std::move(key)); }) {
    election_client_.set_timeout(std::chrono::milliseconds(options.lease_duration) / 5);
    connect_devices();
    connect_applications();
    connect_gateways();
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
    applications_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr& before,
                                   const kube::ObjectPtr& after) {
        application_queue_.enqueue(key);
        // What another one may have of a pin follows from their specs.
        bool same_spec = before && after &&
                         json_int(*before, {"metadata", "generation"}) == json_int(*after, {"metadata", "generation"});
        if (!same_spec) enqueue_applications_in(key.ns);
    });
    revisions_.on_change(
        [this](const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
            const json::value& revision = after ? *after : *before;
            application_queue_.enqueue({key.ns, std::string(json_string(revision, {"spec", "application", "name"}))});
        });
}

void Controller::connect_gateways() {
    for (kube::Informer* informer : {&gateways_, &leases_}) {
        informer->on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr&) {
            gateway_queue_.enqueue(key);
        });
    }
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

std::array<kube::Informer*, 7> Controller::informers() {
    return {&devices_, &applications_, &revisions_, &tokens_, &gateways_, &leases_, &trust_map_};
}

void Controller::start(TaskGroup& tasks, std::function<void()> lost) {
    for (kube::Informer* informer : informers()) {
        tasks.spawn("informer " + std::string(informer->type().plural), informer->run());
    }
    tasks.spawn("start", start_reconcilers(&tasks, std::move(lost)));
}

/// A controller that waits keeps its caches warm, so that it takes over without delay.
Task<> Controller::start_reconcilers(TaskGroup* tasks, std::function<void()> lost) {
    for (kube::Informer* informer : informers()) co_await informer->wait_synced();
    synced_ = true;
    co_await election_.acquire();
    tasks->spawn("lead", lead(std::move(lost)));
    trust_queue_.enqueue(trust_reconciler_.key());
    log_info("ready", {{"devices", devices_.size()}, {"applications", applications_.size()}});
    tasks->spawn("trust", trust_queue_.run());
    tasks->spawn("devices", device_queue_.run());
    tasks->spawn("applications", application_queue_.run());
    tasks->spawn("gateways", gateway_queue_.run());
}

Task<> Controller::lead(std::function<void()> lost) {
    co_await election_.keep();
    lost();
}

std::string Controller::metrics() const {
    const kube::Reconciler* queues[] = {&device_queue_, &application_queue_, &gateway_queue_, &trust_queue_};
    return metrics_text(queues, {election_.leads(), devices_.size(), applications_.size()});
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
    Controller controller(io, std::move(*config), std::move(*keys), options);
    Probes probes(io,
                  {[&controller] { return controller.metrics(); }, [&controller] { return controller.is_ready(); }});
    if (auto started = probes.start(options.probes_address, options.pki_dir); !started) {
        log_error("cannot serve metrics and probes", {{"error", started.error()}});
        co_return 1;
    }
    TaskGroup tasks(io);
    int status = 0;
    tasks.on_failure([&](const std::string&) {
        status = 1;
        stop.request();
    });
    controller.start(tasks, [&] {
        status = 1;
        stop.request();
    });
    co_await stop.wait();
    co_await tasks.stop();
    co_await controller.release();
    co_await probes.stop();
    co_return status;
}

int run_controller(const ControllerOptions& options) {
    return run_role("controller",
                    [options](IoContext& io, StopSignal& stop) { return controller_main(io, stop, options); });
}

}  // namespace wasmbed::controller
