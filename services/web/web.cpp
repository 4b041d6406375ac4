#include "services/web/web.hpp"

#include <charconv>
#include <optional>

#include "host/base/log.hpp"
#include "services/web/router.hpp"
#include "services/web/templates.hpp"

namespace wasmbed::web {
namespace {

struct Address {
    std::string host;
    std::uint16_t port = 0;
};

Result<Address, std::string> parse_address(const std::string& text) {
    Address address;
    const auto colon = text.rfind(':');
    const char* end = text.data() + text.size();
    const auto parsed = colon == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                                   : std::from_chars(text.data() + colon + 1, end, address.port);
    if (parsed.ec != std::errc() || parsed.ptr != end)
        return fail("the address must be ADDRESS:PORT, not \"" + text + "\"");
    address.host = text.substr(0, colon);
    return address;
}

bool is_loopback(const std::string& host) {
    return host.starts_with("127.") || host == "::1";
}

Result<net::ServerOptions, std::string> server_options(const WebOptions& options, const Address& address) {
    net::ServerOptions server;
    server.address = address.host;
    server.port = address.port;
    server.plain = options.certificate_file.empty();
    if (server.plain && !is_loopback(address.host))
        return fail("tokens would cross the network in the clear: beyond loopback, --certificate and --key are needed");
    if (server.plain) return server;
    for (auto [path, content] : {std::pair(&options.certificate_file, &server.tls.certificate_pem),
                                 std::pair(&options.key_file, &server.tls.key_pem)}) {
        auto read = net::read_file(*path);
        if (!read) return fail(read.error());
        *content = std::move(*read);
    }
    return server;
}

Result<kube::Kubeconfig, std::string> credentials(const WebOptions& options) {
    auto config = options.kubeconfig.empty() ? kube::in_cluster_config() : kube::load_kubeconfig(options.kubeconfig);
    if (config) config->default_namespace = options.roles_namespace;
    return config;
}

std::vector<std::string> known_hosts(const WebOptions& options, const Address& address, std::uint16_t port) {
    auto hosts = options.hosts;
    const auto number = ":" + std::to_string(port);
    hosts.push_back((address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]") + number);
    if (is_loopback(address.host)) hosts.push_back("localhost" + number);
    return hosts;
}

}  // namespace

struct Web::State {
    State(IoContext& context, WebOptions given, kube::Kubeconfig config, std::string service_ca)
        : io(context),
          options(std::move(given)),
          kubeconfig(config),
          client(context, std::move(config), "wasmbed-web"),
          addresses(client, options.emulator_url),
          upstream(context, service_ca),
          sessions(context),
          reviewer(client),
          scraper(context, addresses, scraper_options(service_ca)),
          terminal(context, {kubeconfig, options.audit_file, options.version}),
          system(addresses, upstream,
                 {kubeconfig.server, options.controller_url, options.version, read_templates(options.apps_dir)}),
          logs(options.logs_dir),
          tasks(context) {}

    Scraper::Options scraper_options(std::string service_ca) const {
        auto tls = kubeconfig.tls;
        tls.ca_pem = std::move(service_ca);
        return {kubeconfig.server, options.controller_url, std::move(tls), kubeconfig.tls, options.history_file};
    }

    IoContext& io;
    WebOptions options;
    kube::Kubeconfig kubeconfig;
    kube::Client client;
    Addresses addresses;
    Upstream upstream;
    Sessions sessions;
    access::Reviewer reviewer;
    Scraper scraper;
    TerminalApi terminal;
    SystemApi system;
    PlatformLogs logs;
    std::optional<SessionApi> session_api;
    std::optional<Router> router;
    std::optional<net::HttpServer> server;
    TaskGroup tasks;
};

Web::Web(std::unique_ptr<State> state) : state_(std::move(state)) {}
Web::~Web() = default;

Task<Result<std::unique_ptr<Web>, std::string>> Web::start(IoContext& io, WebOptions options) {
    auto address = parse_address(options.address);
    if (!address) co_return fail(address.error());
    auto http = server_options(options, *address);
    if (!http) co_return fail(http.error());
    auto config = credentials(options);
    if (!config) co_return fail(config.error());
    auto service_ca = options.service_ca_file.empty() ? Result<std::string, std::string>(config->tls.ca_pem)
                                                      : net::read_file(options.service_ca_file);
    if (!service_ca) co_return fail(service_ca.error());
    auto files = StaticFiles::load(options.files_dir);
    if (!files) co_return fail(files.error());

    const bool secure = !http->plain;
    auto state = std::make_unique<State>(io, std::move(options), std::move(*config), std::move(*service_ca));
    auto* at = state.get();
    at->server.emplace(io, std::move(*http),
                       [at](net::Request request) { return at->router->handle(std::move(request)); });
    if (auto audited = at->terminal.open(); !audited) co_return fail(audited.error());
    if (auto listening = at->server->start(); !listening) co_return fail(listening.error());
    const auto port = at->server->port();
    at->session_api.emplace(io, at->sessions, at->client, SessionApi::Options{port, secure, at->kubeconfig});
    at->router.emplace(Parts{.io = io,
                             .apiserver = at->kubeconfig.server,
                             .guard = Guard(secure ? "https" : "http", known_hosts(at->options, *address, port)),
                             .sessions = *at->session_api,
                             .addresses = at->addresses,
                             .upstream = at->upstream,
                             .reviewer = at->reviewer,
                             .scraper = at->scraper,
                             .terminal = at->terminal,
                             .system = at->system,
                             .logs = at->logs,
                             .files = std::move(*files)});
    at->addresses.start(at->tasks);
    at->tasks.spawn("scraper", at->scraper.run());
    co_return std::unique_ptr<Web>(new Web(std::move(state)));
}

std::uint16_t Web::port() const {
    return state_->server->port();
}

Task<> Web::stop() {
    co_await state_->server->stop();
    co_await state_->tasks.stop();
}

namespace {

Task<int> web_main(IoContext& io, StopSignal& stop, WebOptions options) {
    auto web = co_await Web::start(io, options);
    if (!web) {
        log_error("cannot start", {{"error", web.error()}});
        co_return 1;
    }
    log_info("ready", {{"port", (*web)->port()}, {"files", options.files_dir}});
    co_await stop.wait();
    co_await (*web)->stop();
    co_return 0;
}

}  // namespace

int run_web(const WebOptions& options) {
    return run_role("web", [&](IoContext& io, StopSignal& stop) { return web_main(io, stop, options); });
}

}  // namespace wasmbed::web
