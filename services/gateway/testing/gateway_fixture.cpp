#include "services/gateway/testing/gateway_fixture.hpp"

#include <future>

#include "host/fleet/condition.hpp"
#include "host/net/http_client.hpp"
#include "host/pki/atomic_file.hpp"
#include "host/pki/encoding.hpp"
#include "services/controller/controller.hpp"

namespace wasmbed::gateway::testing {
namespace {

void write(const std::filesystem::path& path, const std::string& text) {
    ASSERT_TRUE(pki::write_file_atomic(path, text, 0600).has_value()) << path;
}

std::string read(const std::filesystem::path& path) {
    return pki::read_small_file(path).value();
}

}  // namespace

RoleThread::RoleThread(Main main)
    : main_(std::move(main)), thread_([this] {
          boost::asio::co_spawn(io_, main_(io_, stop_), [](const std::exception_ptr& error, int) {
              if (error) std::rethrow_exception(error);
          });
          io_.run();
      }) {}

RoleThread::~RoleThread() {
    stop_.request();
    thread_.join();
}

std::string condition(const json::value& object, std::string_view type) {
    const auto conditions = fleet::conditions_from_json(object);
    const fleet::Condition* found = fleet::find_condition(conditions, type);
    return found == nullptr ? "" : std::string(fleet::condition_status_name(found->status));
}

void GatewayFixture::SetUp() {
    admin_ = std::make_unique<BlockingClient>(server_.admin());
    const auto pki_dir = directory_ / "pki";
    service_roots_ = read(pki_dir / "service-ca.crt");
    const auto device_ca = pki::Authority::create("wasmbed device CA test", TestPki::now()).value();
    write(pki_dir / "device-ca.crt", device_ca.certificate().to_pem());
    write(pki_dir / "device-ca.key", device_ca.key().to_pem());
    write(pki_dir / "manifest-signing.key", pki::PrivateKey::generate().value().to_pem());
    // It may be there already.
    (void)admin_->run(admin_->client.create(
        kube::kNamespaces, "",
        json::value{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", kNamespace}}}}));

    const std::string kubeconfig = directory_ / "controller.kubeconfig";
    write(kubeconfig, kube::make_kubeconfig(server_.role("system:wasmbed:controller", "wasmbed:controllers")));
    controller::ControllerOptions options;
    options.kubeconfig = kubeconfig;
    options.roles_namespace = kNamespace;
    options.pki_dir = pki_dir;
    controller_ = std::make_unique<RoleThread>(
        [options](IoContext& io, StopSignal& stop) { return controller::controller_main(io, stop, options); });
    start_gateway();
}

void GatewayFixture::TearDown() {
    more_gateways_.clear();
    gateway_.reset();
    controller_.reset();
}

void GatewayFixture::start_gateway(const std::string& name) {
    const auto pki_dir = directory_ / "pki";
    const auto service_ca = pki::Authority::from(pki::Certificate::from_pem(service_roots_).value(),
                                                 pki::PrivateKey::from_pem(read(pki_dir / "service-ca.key")).value())
                                .value();
    const auto own = TestPki::issue(service_ca, pki::gateway_profile(kNamespace, name), TestPki::now());
    write(pki_dir / ("gateway-" + name + ".crt"), own.certificate.to_pem());
    write(pki_dir / ("gateway-" + name + ".key"), own.key.to_pem());
    GatewayOptions options;
    options.name = name;
    options.roles_namespace = kNamespace;
    options.pki_dir = pki_dir;
    options.data_dir = directory_;
    options.device_address = "127.0.0.1:0";
    options.serial_address = "127.0.0.1:0";
    options.api_address = "127.0.0.1:0";
    options.abandoned_grace = std::chrono::milliseconds{0};
    const kube::Kubeconfig config = server_.role("system:wasmbed:gateway:" + name, "wasmbed:gateways");
    std::promise<std::pair<std::uint16_t, std::uint16_t>> ready;
    auto ports = ready.get_future();
    gateway_ = std::make_unique<RoleThread>([&, options](IoContext& io, StopSignal& stop) {
        return [](IoContext& loop, StopSignal& stop_signal, GatewayOptions given, kube::Kubeconfig api_server,
                  std::promise<std::pair<std::uint16_t, std::uint16_t>>& bound) -> Task<int> {
            Gateway gateway{loop, std::move(given), std::move(api_server)};
            const auto started = co_await gateway.start();
            if (!started) {
                bound.set_exception(std::make_exception_ptr(std::runtime_error(started.error())));
            } else {
                bound.set_value({gateway.device_port(), gateway.api_port()});
                co_await stop_signal.wait();
            }
            co_await gateway.stop();
            co_return 0;
        }(io, stop, options, config, ready);
    });
    std::tie(device_port_, api_port_) = ports.get();
}

std::uint16_t GatewayFixture::start_another_gateway(const std::string& name) {
    auto first = std::move(gateway_);
    const std::uint16_t device_port = device_port_, api_port = api_port_;
    start_gateway(name);
    more_gateways_.push_back(std::move(gateway_));
    gateway_ = std::move(first);
    const std::uint16_t port = std::exchange(device_port_, device_port);
    api_port_ = api_port;
    return port;
}

json::value GatewayFixture::get(kube::ResourceType type, const std::string& name) {
    auto object = admin_->run(admin_->client.get(type, kNamespace, name));
    EXPECT_TRUE(object.has_value()) << name << ": " << object.error().message;
    return object.value_or(json::value{});
}

json::value GatewayFixture::device(const std::string& name) {
    return get(kube::kDevices, name);
}

void GatewayFixture::create_device(const std::string& name) {
    const auto made = admin_->run(admin_->client.create(kube::kDevices, kNamespace,
                                                        {{"apiVersion", "wasmbed.io/v1alpha1"},
                                                         {"kind", "Device"},
                                                         {"metadata", {{"name", name}}},
                                                         {"spec", {{"board", "sim"}}}}));
    ASSERT_TRUE(made.has_value()) << made.error().message;
}

void GatewayFixture::create_application(const std::string& name, const std::string& module) {
    const auto made = admin_->run(admin_->client.create(
        kube::kApplications, kNamespace,
        {{"apiVersion", "wasmbed.io/v1alpha1"},
         {"kind", "Application"},
         {"metadata", {{"name", name}}},
         {"spec", {{"module", {{"inline", pki::to_base64(bytes_of(module))}}}, {"target", {{"all", true}}}}}}));
    ASSERT_TRUE(made.has_value()) << made.error().message;
}

void GatewayFixture::patch(kube::ResourceType type, const std::string& name, json::value patch) {
    const auto done = admin_->run(admin_->client.patch(type, kNamespace, name, std::move(patch)));
    ASSERT_TRUE(done.has_value()) << done.error().message;
}

json::value GatewayFixture::wait_for(kube::ResourceType type, const std::string& name,
                                     const std::function<bool(const json::value&)>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        auto object = admin_->run(admin_->client.get(type, kNamespace, name));
        const bool done = object && condition(*object);
        if (done || std::chrono::steady_clock::now() > deadline) {
            EXPECT_TRUE(done) << (object ? json::serialize(*object) : object.error().message);
            return object.value_or(json::value{});
        }
    }
}

Provisioning GatewayFixture::provisioning(const std::string& name) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        const auto list = admin_->run(admin_->client.list(
            kube::kSecrets, kNamespace, {.label_selector = "wasmbed.io/device=" + name, .field_selector = {}}));
        const json::array* items = list ? json_array(*list, {"items"}) : nullptr;
        if (items == nullptr || items->empty()) continue;
        const std::string_view secret = json_string((*items)[0], {"metadata", "name"});
        return {.name = std::string(kNamespace) + "/" + name,
                .token_id = std::string(secret.substr(std::string_view("enrollment-").size())),
                .token = pki::from_base64(json_string((*items)[0], {"data", "token"})).value()};
    }
    ADD_FAILURE() << "no enrollment token for " << name;
    return {};
}

std::unique_ptr<DeviceClient> GatewayFixture::enrolled(const std::string& name) {
    create_device(name);
    const auto key = pki::PrivateKey::generate().value();
    EnrollClient enroll{device_port_, service_roots_, key, provisioning(name)};
    const auto answer = enroll.next();
    EXPECT_TRUE(answer && answer->outcome == proto::EnrollOutcome::issued) << (answer ? answer->reason : "no answer");
    return std::make_unique<DeviceClient>(TlsClientOptions{
        .roots_pem = service_roots_, .certificate_pem = answer ? answer->chain_pem : "", .key_pem = key.to_pem()});
}

std::pair<int, std::string> GatewayFixture::api(const std::string& target, const kube::Kubeconfig& who) {
    net::HttpClient http{admin_->io(), "https://127.0.0.1:" + std::to_string(api_port_), who.tls, who.token};
    net::ClientRequest request;
    request.target = target;
    const auto response = admin_->run(http.request(std::move(request), OpContext::within(kPatience)));
    if (!response) return {0, response.error().message};
    return {response->status, response->body};
}

std::string GatewayFixture::follow(const std::string& target, const std::string& text,
                                   const std::function<void()>& meanwhile) {
    const kube::Kubeconfig who = server_.admin();
    net::HttpClient http{admin_->io(), "https://127.0.0.1:" + std::to_string(api_port_), who.tls};
    net::ClientRequest request;
    request.target = target;
    auto stream = admin_->run(http.open_stream(std::move(request), OpContext::within(kPatience)));
    if (!stream) return stream.error().message;
    meanwhile();
    std::string all;
    while (all.find(text) == std::string::npos) {
        auto some = admin_->run((*stream)->read_some(kPatience));
        if (!some || some->empty()) break;
        all += *some;
    }
    return all;
}

}  // namespace wasmbed::gateway::testing
