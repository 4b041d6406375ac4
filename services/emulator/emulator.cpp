#include "services/emulator/emulator.hpp"

#include <charconv>
#include <filesystem>

#include "host/base/log.hpp"
#include "host/base/role.hpp"
#include "services/emulator/api.hpp"
#include "services/emulator/pods.hpp"

namespace wasmbed::emulator {
namespace {

Result<kube::Kubeconfig, std::string> credentials(const EmulatorOptions& options) {
    return options.kubeconfig.empty() ? kube::in_cluster_config() : kube::load_kubeconfig(options.kubeconfig);
}

Result<net::ServerOptions, std::string> server_options(const EmulatorOptions& options) {
    net::ServerOptions server;
    const std::string& listen = options.api_address;
    const std::size_t colon = listen.rfind(':');
    const char* end = listen.data() + listen.size();
    const auto port = colon == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                                 : std::from_chars(listen.data() + colon + 1, end, server.port);
    if (port.ec != std::errc() || port.ptr != end)
        return fail("the API's address must be ADDRESS:PORT, not \"" + listen + "\"");
    server.address = listen.substr(0, colon);

    const std::filesystem::path pki(options.pki_dir);
    server.tls.client_cas = {{"user-ca", ""}, {"service-ca", ""}};
    const std::pair<const char*, std::string*> files[] = {{"emulator.crt", &server.tls.certificate_pem},
                                                          {"emulator.key", &server.tls.key_pem},
                                                          {"user-ca.crt", &server.tls.client_cas[0].pem},
                                                          {"service-ca.crt", &server.tls.client_cas[1].pem}};
    for (const auto& [name, content] : files) {
        auto read = net::read_file((pki / name).string());
        if (!read) return fail(read.error());
        *content = std::move(*read);
    }
    return server;
}

Task<int> emulator_main(IoContext& io, StopSignal& stop, EmulatorOptions options) {
    auto kubeconfig = credentials(options);
    auto listen = server_options(options);
    if (!kubeconfig || !listen) {
        log_error("the emulator cannot start", {{"why", kubeconfig ? listen.error() : kubeconfig.error()}});
        co_return 1;
    }
    kube::Client client(io, std::move(*kubeconfig), "wasmbed-emulator");
    std::string api_url = options.api_url;
    BoardFleet fleet(io, client, options, [&api_url](const kube::ObjectKey& key) {
        return api_url + "/v1/namespaces/" + key.ns + "/devices/" + key.name + "/console";
    });
    access::Reviewer reviewer(client);
    EmulatorApi api(fleet, reviewer, options.firmware_dir);
    net::HttpServer server(io, std::move(*listen),
                           [&api](net::Request request) { return api.handle(std::move(request)); });
    if (auto started = server.start(); !started) {
        log_error("the emulator cannot listen", {{"why", started.error()}});
        co_return 1;
    }
    const std::string host = options.api_address.substr(0, options.api_address.rfind(':'));
    if (api_url.empty()) api_url = "https://" + host + ":" + std::to_string(server.port());
    TaskGroup tasks(io);
    DevicePods pods(io, client, options);
    if (options.pod_image.empty()) {
        fleet.start(tasks);
    } else {
        pods.start(tasks);
    }
    log_info("ready", {{"api", api_url}, {"firmware", options.firmware_dir}});

    co_await stop.wait();
    co_await server.stop();
    co_await tasks.stop();
    co_await fleet.stop();
    co_return 0;
}

}  // namespace

int run_emulator(const EmulatorOptions& options) {
    return run_role("emulator", [&](IoContext& io, StopSignal& stop) { return emulator_main(io, stop, options); });
}

}  // namespace wasmbed::emulator
