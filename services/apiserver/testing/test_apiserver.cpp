#include "services/apiserver/testing/test_apiserver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <stdexcept>
#include <stdlib.h>
#include <thread>

#include "host/base/role.hpp"
#include "host/pki/certificate.hpp"
#include "services/apiserver/apiserver.hpp"

namespace wasmbed::apiserver {
namespace {

namespace fs = std::filesystem;

auto now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void write_private(const fs::path& path, const std::string& text) {
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

struct KeyPair {
    std::string certificate;
    std::string key;
};

KeyPair issue(const pki::Authority& authority, const pki::Profile& profile) {
    auto key = pki::PrivateKey::generate().value();
    return {authority.issue(key.public_key(), profile, now()).value().to_pem(), key.to_pem()};
}

fs::path make_directory() {
    std::string pattern = (fs::temp_directory_path() / "apiserver_test.XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
    return pattern;
}

}  // namespace

struct TestApiserver::State {
    fs::path directory = make_directory();
    pki::Authority user_ca = pki::Authority::create("wasmbed user CA", now()).value();
    pki::Authority service_ca = pki::Authority::create("wasmbed service CA", now()).value();
    std::uint16_t port = 0;
    std::thread thread;
    IoContext* io = nullptr;     // while the thread runs
    StopSignal* stop = nullptr;  // while the thread runs

    Task<> serve(IoContext& context, StopSignal& stop_signal, std::promise<std::uint16_t>& ready) {
        ApiserverOptions options;
        options.database_path = directory / "apiserver.db";
        options.port = port;
        options.certificate_file = directory / "pki/apiserver.crt";
        options.key_file = directory / "pki/apiserver.key";
        options.user_ca_file = directory / "pki/user-ca.crt";
        options.service_ca_file = directory / "pki/service-ca.crt";
        options.audit_file = directory / "audit.log";
        auto server = co_await Apiserver::start(context, options);
        if (!server) throw std::runtime_error(server.error());
        ready.set_value((*server)->port());
        co_await stop_signal.wait();
        co_await (*server)->stop();
    }

    void run(std::promise<std::uint16_t> ready) {
        IoContext context{1};
        StopSignal stop_signal(context);
        io = &context;
        stop = &stop_signal;
        boost::asio::co_spawn(context, serve(context, stop_signal, ready), [&](std::exception_ptr error) {
            try {
                if (error) ready.set_exception(error);
            } catch (const std::future_error&) {
                std::terminate();  // the server broke after it had been ready
            }
            context.stop();
        });
        context.run();
    }

    kube::Kubeconfig credentials(const pki::Authority& authority, const std::string& name, const std::string& group) {
        pki::Profile profile;
        profile.common_name = name;
        profile.organization = group;
        profile.client_auth = true;
        auto pair = issue(authority, profile);
        kube::Kubeconfig config;
        config.server = "https://127.0.0.1:" + std::to_string(port);
        config.tls.ca_pem = service_ca.certificate().to_pem();
        config.tls.certificate_pem = pair.certificate;
        config.tls.key_pem = pair.key;
        config.default_namespace = "wasmbed";
        return config;
    }
};

TestApiserver::TestApiserver() : state_(std::make_unique<State>()) {
    auto pki = state_->directory / "pki";
    fs::create_directory(pki);
    auto server = issue(state_->service_ca, pki::apiserver_profile());
    write_private(pki / "apiserver.crt", server.certificate);
    write_private(pki / "apiserver.key", server.key);
    for (auto [name, authority] : {std::pair("user-ca", &state_->user_ca), {"service-ca", &state_->service_ca}}) {
        write_private(pki / (std::string(name) + ".crt"), authority->certificate().to_pem());
        write_private(pki / (std::string(name) + ".key"), authority->key().to_pem());
    }
    start();
    write_private(kubeconfig_path(), kube::make_kubeconfig(admin()));
}

TestApiserver::~TestApiserver() {
    stop();
    std::error_code ignored;
    fs::remove_all(state_->directory, ignored);
}

void TestApiserver::start() {
    std::promise<std::uint16_t> ready;
    auto port = ready.get_future();
    state_->thread = std::thread([this, promise = std::move(ready)]() mutable { state_->run(std::move(promise)); });
    try {
        state_->port = port.get();
    } catch (...) {
        state_->thread.join();
        throw;
    }
}

void TestApiserver::stop() {
    if (!state_->thread.joinable()) return;
    state_->stop->request();
    state_->thread.join();
}

std::string TestApiserver::url() const {
    return "https://127.0.0.1:" + std::to_string(state_->port);
}
kube::Kubeconfig TestApiserver::admin() const {
    return user("admin", "system:masters");
}

kube::Kubeconfig TestApiserver::role(const std::string& common_name, const std::string& organization) const {
    return state_->credentials(state_->service_ca, common_name, organization);
}

kube::Kubeconfig TestApiserver::user(const std::string& common_name, const std::string& organization) const {
    return state_->credentials(state_->user_ca, common_name, organization);
}

std::string TestApiserver::kubeconfig_path() const {
    return state_->directory / "kubeconfig";
}
std::string TestApiserver::directory() const {
    return state_->directory;
}

}  // namespace wasmbed::apiserver
