#include "services/gateway/gateway_role.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "host/base/log.hpp"
#include "host/base/task_group.hpp"
#include "host/pki/certificate.hpp"
#include "services/gateway/device_port.hpp"
#include "services/gateway/enrollment.hpp"
#include "services/gateway/fleet_view.hpp"
#include "services/gateway/heap_frame_memory.hpp"
#include "services/gateway/http_api.hpp"
#include "services/gateway/lease.hpp"
#include "services/gateway/registration.hpp"
#include "services/gateway/serial_port.hpp"
#include "services/gateway/sessions.hpp"
#include "services/gateway/status_writer.hpp"

namespace wasmbed::gateway {
namespace {

constexpr const char* kVersion = WASMBED_VERSION;  // by CMake
constexpr const char* kTrustName = "wasmbed-trust";
/// For the last status writes of a gateway that stops.
constexpr std::chrono::seconds kStopLimit{5};

struct Files {
    std::string certificate, key;
    ServerCertificate shown;
    std::vector<net::ClientCa> client_cas;
};

Result<Files, std::string> read_files(const GatewayOptions& options) {
    const std::string own = options.pki_dir + "/gateway-" + options.name;
    Files files;
    for (const auto& [path, text] :
         {std::pair{own + ".crt", &files.certificate}, std::pair{own + ".key", &files.key}}) {
        auto content = net::read_file(path);
        if (!content) return fail(content.error());
        *text = std::move(*content);
    }
    const auto certificate = pki::Certificate::from_pem(files.certificate);
    if (!certificate) return fail(own + ".crt: " + certificate.error().message);
    files.shown = {certificate->serial(), certificate->not_after()};
    for (const char* ca : {"user-ca", "service-ca"}) {
        auto content = net::read_file(options.pki_dir + "/" + ca + ".crt");
        if (!content) return fail(content.error());
        files.client_cas.push_back({ca, std::move(*content)});
    }
    return files;
}

Result<std::pair<std::string, std::uint16_t>, std::string> split_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string::npos) {
        const char* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
        if (error == std::errc{} && rest == end) return std::pair{text.substr(0, colon), port};
    }
    return fail("API address '" + text + "' is not host:port");
}

}  // namespace

struct Gateway::State {
    State(IoContext& io_context, GatewayOptions given, kube::Kubeconfig api_server)
        : io(io_context),
          options(std::move(given)),
          tasks(io_context),
          client(io_context, std::move(api_server), "wasmbed-gateway"),
          trust(client, kube::kConfigMaps, options.roles_namespace),
          trust_changed(io_context),
          view(client),
          gateways(client, options.roles_namespace, options.name),
          status(client, view) {}

    IoContext& io;
    GatewayOptions options;
    TaskGroup tasks;
    kube::Client client;
    kube::Informer trust;
    Notifier trust_changed;
    FleetView view;
    GatewayDirectory gateways;
    StatusWriter status;
    HeapFrameMemory memory;
    Metrics metrics;
    std::unique_ptr<RecordStore> records;
    std::optional<Sessions> sessions;
    std::optional<Enrollment> enrollment;
    std::optional<HttpApi> api;
    std::unique_ptr<net::HttpServer> server;
    std::unique_ptr<TlsServer> tls;
    std::optional<DevicePort> port;
    std::uint16_t bound_port = 0;
    std::optional<SerialPort> serial;
    std::uint16_t serial_bound_port = 0;
    std::unique_ptr<Registration> registration;
    std::optional<LeaseKeeper> lease;
    std::function<void(std::string)> outdated;
    std::string device_roots;
    ServerCertificate certificate;

    Task<std::string> wait_for_trust();
    Result<void, std::string> open_device_port(const Files& files);
    Result<void, std::string> open_serial_port();
    Result<void, std::string> open_api(const Files& files);
    void make_parts();
    void follow_trust();
    void apply_settings(const fleet::Gateway& gateway);
    GatewayFacts facts(bool ready) const;
    std::string address_of(const std::string& configured, std::uint16_t port) const;
    static Task<> end_abandoned(State* self);
    static Task<> forget_deleted(State* self);
    static Task<> look_up_psk(State* self, std::string identity, std::function<void(Bytes)> answer);
};

Gateway::Gateway(IoContext& io, GatewayOptions options, kube::Kubeconfig api_server)
    : state_(std::make_unique<State>(io, std::move(options), std::move(api_server))) {}
Gateway::~Gateway() = default;

void Gateway::on_outdated(std::function<void(std::string)> callback) {
    state_->outdated = std::move(callback);
}
std::uint16_t Gateway::device_port() const {
    return state_->bound_port;
}
std::uint16_t Gateway::api_port() const {
    return state_->server ? state_->server->port() : 0;
}

Task<Result<void, std::string>> Gateway::start() {
    State& s = *state_;
    const auto files = read_files(s.options);
    if (!files) co_return fail(files.error());
    auto records = RecordStore::open(s.io, s.options.data_dir + "/gateway-" + s.options.name + ".db");
    if (!records) co_return fail(records.error());
    s.records = std::move(*records);
    s.certificate = files->shown;

    s.make_parts();
    s.follow_trust();
    s.view.start(s.tasks);
    s.gateways.start(s.tasks);
    s.status.start(s.tasks);
    s.tasks.spawn("informer trust", s.trust.run());
    co_await s.view.wait_synced();
    s.device_roots = co_await s.wait_for_trust();

    if (auto opened = s.open_api(*files); !opened) co_return opened;
    if (auto opened = s.open_device_port(*files); !opened) co_return opened;
    if (auto opened = s.open_serial_port(); !opened) co_return opened;
    const std::string endpoint = s.address_of(s.options.device_address, s.bound_port);
    s.registration = std::make_unique<Registration>(
        s.client, s.gateways.informer(), kube::ObjectKey{s.options.roles_namespace, s.options.name}, endpoint);
    s.registration->on_settings([&s](const fleet::Gateway& gateway) { s.apply_settings(gateway); });
    s.registration->set(s.facts(true));
    s.registration->start(s.tasks);
    s.lease.emplace(s.client, kube::ObjectKey{s.options.roles_namespace, s.options.name}, "gateway_" + random_uuid());
    s.lease->start(s.tasks);
    s.tasks.spawn("end abandoned sessions", State::end_abandoned(&s));
    s.tasks.spawn("forget deleted devices", State::forget_deleted(&s));
    log_info("ready", {{"devices", endpoint}, {"api", s.facts(true).api}});
    co_return Result<void, std::string>{};
}

void Gateway::State::make_parts() {
    sessions.emplace(
        Sessions::Dependencies{io, client, view, status, *records, gateways, tasks, memory, metrics, options.name});
    enrollment.emplace(
        Enrollment::Dependencies{io, client, view, *records, tasks, memory, metrics, options.roles_namespace});
    sessions->on_renewal([this](kube::ObjectPtr device, EnrollRequest request) {
        return enrollment->announce(std::move(device), std::move(request));
    });
    sessions->on_count([this] {
        if (registration) registration->set(facts(true));
    });
    api.emplace(client, view, *sessions, *records, [this] {
        metrics.status_writes = status.writes();
        return metrics_text(metrics, port ? port->counters() : DevicePortCounters{}, sessions->connected());
    });
}

/// Other device CAs need another TLS server, and the connections of the old one must go: a new start does both.
void Gateway::State::follow_trust() {
    trust.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        if (key.name != kTrustName) return;
        trust_changed.notify_all();
        const bool differs = after && json_string(*after, {"data", "device-ca.pem"}) != device_roots;
        if (!device_roots.empty() && differs && outdated) outdated("the device CAs in ConfigMap wasmbed-trust changed");
    });
}

Task<std::string> Gateway::State::wait_for_trust() {
    co_await trust.wait_synced();
    bool told = false;
    for (;;) {
        const kube::ObjectPtr object = trust.get(options.roles_namespace, kTrustName);
        std::string roots{object ? json_string(*object, {"data", "device-ca.pem"}) : ""};
        if (!roots.empty()) co_return roots;
        if (!told) log_info("waits for the controller to publish the device CA", {{"configmap", kTrustName}});
        told = true;
        co_await trust_changed.wait();
    }
}

Result<void, std::string> Gateway::State::open_device_port(const Files& files) {
    auto made = make_openssl_server({files.certificate, files.key, device_roots});
    if (!made) return fail(made.error().message);
    tls = std::move(*made);
    port.emplace(io, *tls, DevicePortLimits{}, metrics, [this](DeviceChannel& channel) {
        return channel.peer().protocol == Protocol::session ? sessions->open(channel) : enrollment->open(channel);
    });
    port->on_psk([this](std::string identity, std::function<void(Bytes)> answer) {
        tasks.spawn("look up a pre-shared key", look_up_psk(this, std::move(identity), std::move(answer)));
    });
    const auto bound = port->listen(options.device_address);
    if (!bound) return fail(bound.error());
    bound_port = *bound;
    return {};
}

/// Sessions of serial lines go through the device port like all others.
Result<void, std::string> Gateway::State::open_serial_port() {
    if (options.serial_address.empty()) return {};
    serial.emplace(io);
    const auto bound = serial->listen(options.serial_address);
    if (!bound) return fail(bound.error());
    serial_bound_port = *bound;
    boost::system::error_code error;
    const auto device_address = split_address(options.device_address);
    auto address = boost::asio::ip::make_address(device_address ? device_address->first : "127.0.0.1", error);
    if (error || address.is_unspecified()) address = boost::asio::ip::address_v4::loopback();
    serial->start(tasks, {address, bound_port});
    return {};
}

Result<void, std::string> Gateway::State::open_api(const Files& files) {
    const auto address = split_address(options.api_address);
    if (!address) return fail(address.error());
    net::ServerOptions server_options;
    server_options.address = address->first;
    server_options.port = address->second;
    server_options.tls = {.certificate_pem = files.certificate, .key_pem = files.key, .client_cas = files.client_cas};
    server = std::make_unique<net::HttpServer>(
        io, std::move(server_options), [this](net::Request request) { return api->handle(std::move(request)); });
    return server->start();
}

void Gateway::State::apply_settings(const fleet::Gateway& gateway) {
    sessions->set_heartbeat(gateway.heartbeat);
    const auto most = std::int64_t(DevicePortLimits{}.connections_max);
    sessions->set_capacity(std::size_t(gateway.capacity > 0 ? std::min(gateway.capacity, most) : most));
    sessions->set_drain(gateway.drain);
    registration->set(facts(true));
    enrollment->set_pairing_until(parse_rfc3339(gateway.pairing_until).value_or(WallClock::time_point{}));
}

std::string Gateway::State::address_of(const std::string& configured, std::uint16_t bound) const {
    return configured.substr(0, configured.rfind(':') + 1) + std::to_string(bound);
}

GatewayFacts Gateway::State::facts(bool ready) const {
    return {.ready = ready,
            .connected = ready ? sessions->connected() : 0,
            .enrolled = enrollment->issued(),
            .capacity = sessions->capacity(),
            .draining = sessions->draining(),
            .version = kVersion,
            .serial = ready && serial ? address_of(options.serial_address, serial_bound_port) : "",
            .api = !options.api_url.empty() ? options.api_url
                                            : "https://" + address_of(options.api_address, server->port()),
            .certificate = certificate};
}

/// Of Devices that were deleted while the gateway was not there to hear of it.
Task<> Gateway::State::forget_deleted(State* self) {
    for (const std::string& uid : co_await self->records->devices()) {
        if (!self->view.device(uid)) self->records->forget_device(uid);
    }
}

Task<> Gateway::State::look_up_psk(State* self, std::string identity, std::function<void(Bytes)> answer) {
    const std::vector<std::uint8_t> key = co_await self->enrollment->pre_shared_key(std::move(identity));
    answer(key);
}

Task<> Gateway::State::end_abandoned(State* self) {
    co_await sleep_for(self->options.abandoned_grace);
    self->sessions->end_abandoned();
}

Task<> Gateway::stop() {
    State& s = *state_;
    if (s.serial) s.serial->stop_accepting();
    if (s.port) {
        s.port->stop_accepting();
        s.port->close_all("the gateway stops");
        // Closing happens at the end of the turns that this queued.
        co_await yield_to_others();
        const bool written = co_await s.status.drain(OpContext::within(kStopLimit));
        if (!written) log_warn("not every session's end could be written: the API server does not answer");
    }
    if (s.server) co_await s.server->stop();
    s.client.set_timeout(kStopLimit);
    if (s.registration) co_await s.registration->write_now(s.facts(false));
    co_await s.tasks.stop();
    if (s.lease) co_await s.lease->release();
    if (s.records) co_await s.records->flush();
    s.port.reset();
    // What the last connections posted refers to the parts that go next.
    co_await yield_to_others();
}

}  // namespace wasmbed::gateway
