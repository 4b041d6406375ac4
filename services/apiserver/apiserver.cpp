#include "services/apiserver/apiserver.hpp"

#include "host/access/access.hpp"
#include "host/base/log.hpp"
#include "host/base/role.hpp"
#include "host/base/task_group.hpp"
#include "services/apiserver/audit_log.hpp"
#include "services/apiserver/collector.hpp"
#include "services/apiserver/rest.hpp"

namespace wasmbed::apiserver {
namespace {

/// Exist from the first start: the roles' own, and the one that clients fall back to.
constexpr const char* kFirstNamespaces[] = {"default", "wasmbed"};

Result<net::ServerOptions, std::string> server_options(const ApiserverOptions& options) {
    net::ServerOptions server;
    server.address = options.address;
    server.port = options.port;
    auto certificate = net::read_file(options.certificate_file);
    if (!certificate) return fail(certificate.error());
    auto key = net::read_file(options.key_file);
    if (!key) return fail(key.error());
    server.tls.certificate_pem = std::move(*certificate);
    server.tls.key_pem = std::move(*key);
    for (const auto& [name, file] :
         {std::pair(kUserCa, options.user_ca_file), {access::kServiceCa, options.service_ca_file}}) {
        auto ca = net::read_file(file);
        if (!ca) return fail(ca.error());
        server.tls.client_cas.push_back({name, std::move(*ca)});
    }
    return server;
}

/// The CRD of a kind as an API server shows it: established, with the names that it asked for.
json::value definition_object(const Kind& kind) {
    json::value object = kind.crd;
    auto now = rfc3339(WallClock::now());
    json::array conditions;
    for (auto type : {"NamesAccepted", "Established"}) {
        conditions.push_back(json::object{{"type", type},
                                          {"status", "True"},
                                          {"reason", "BuiltIn"},
                                          {"message", "this kind is built into the server"},
                                          {"lastTransitionTime", now}});
    }
    object.as_object()["status"] = json::object{{"conditions", std::move(conditions)},
                                                {"acceptedNames", object.at("spec").at("names")},
                                                {"storedVersions", json::array{json::string(kind.version)}}};
    return object;
}

}  // namespace

struct Apiserver::State {
    State(IoContext& context, KindRegistry registry, const ApiserverOptions& options)
        : io(context),
          kinds(std::move(registry)),
          store(context, kinds),
          writer(store),
          collector(context, store, writer, options.event_lifetime),
          audit(options.audit_file),
          group(context) {}

    Task<Result<void, std::string>> make_namespaces();
    Task<Result<void, std::string>> store_definitions();

    IoContext& io;
    KindRegistry kinds;
    ObjectStore store;
    ObjectWriter writer;
    Collector collector;
    AuditLog audit;
    std::optional<Authenticator> authenticator;
    std::optional<RestApi> rest;
    std::optional<net::HttpServer> server;
    TaskGroup group;
};

Task<Result<void, std::string>> Apiserver::State::make_namespaces() {
    const auto& namespaces = *kinds.find("", "v1", "namespaces");
    for (const auto* name : kFirstNamespaces) {
        json::value object = json::object{{"metadata", {{"name", name}}}};
        auto made = co_await writer.create(namespaces, {}, std::move(object), {});
        if (!made && made.error().code != 409) {
            co_return fail("cannot make namespace " + std::string(name) + ": " + made.error().message);
        }
    }
    co_return Result<void, std::string>();
}

/// The built-in CRDs as objects, brought up to date with this program.
Task<Result<void, std::string>> Apiserver::State::store_definitions() {
    const auto& definitions = *kinds.find("apiextensions.k8s.io", "v1", "customresourcedefinitions");
    for (const auto& kind : kinds.all()) {
        if (kind->crd.is_null()) continue;
        auto object = definition_object(*kind);
        ObjectKey key = kube::key_of(object);
        auto before = store.get(definitions, key);
        Outcome<Written> done;
        if (before) {
            // What exists keeps its status, whose times are those of the first start.
            auto updated = before->parse();
            updated.as_object()["spec"] = object.at("spec");
            done = co_await writer.update(definitions, key, std::move(updated), {});
        } else {
            done = co_await writer.create(definitions, {}, std::move(object), {});
        }
        if (!done) co_return fail("cannot store " + key.name + ": " + done.error().message);
    }
    co_return Result<void, std::string>();
}

Apiserver::Apiserver(std::unique_ptr<State> state) : state_(std::move(state)) {}
Apiserver::~Apiserver() = default;

Task<Result<std::unique_ptr<Apiserver>, std::string>> Apiserver::start(IoContext& io, ApiserverOptions options) {
    auto http = server_options(options);
    if (!http) co_return fail(http.error());
    auto crds = embedded_crds();
    if (!crds) co_return fail(crds.error());
    auto kinds = KindRegistry::make(*crds);
    if (!kinds) co_return fail(kinds.error());
    auto state = std::make_unique<State>(io, std::move(*kinds), options);
    auto opened = state->store.open(options.database_path);
    if (!opened) co_return fail(opened.error());
    if (auto audited = state->audit.open(); !audited) co_return fail(audited.error());
    state->authenticator.emplace(state->store);
    state->rest.emplace(state->store, state->writer, *state->authenticator, state->audit);
    auto made = co_await state->make_namespaces();
    if (!made) co_return fail(made.error());
    made = co_await state->store_definitions();
    if (!made) co_return fail(made.error());
    auto* rest = &*state->rest;
    state->server.emplace(io, std::move(*http),
                          [rest](net::Request request) { return rest->handle(std::move(request)); });
    auto listening = state->server->start();
    if (!listening) co_return fail(listening.error());
    state->group.spawn("garbage collector", state->collector.run());
    state->group.spawn("user tokens", state->authenticator->follow_tokens());
    state->group.spawn("event expiry", state->collector.expire_events());
    co_return std::unique_ptr<Apiserver>(new Apiserver(std::move(state)));
}

std::uint16_t Apiserver::port() const {
    return state_->server->port();
}

Task<> Apiserver::stop() {
    co_await state_->server->stop();
    co_await state_->group.stop();
    co_await state_->store.drain();
}

namespace {

Task<int> apiserver_main(IoContext& io, StopSignal& stop, const ApiserverOptions& options) {
    auto server = co_await Apiserver::start(io, options);
    if (!server) {
        log_error("cannot start", {{"error", server.error()}});
        co_return 1;
    }
    log_info("ready", {{"url", "https://" + options.address + ":" + std::to_string((*server)->port())}});
    co_await stop.wait();
    co_await (*server)->stop();
    co_return 0;
}

}  // namespace

int run_apiserver(const ApiserverOptions& options) {
    return run_role("apiserver", [&](IoContext& io, StopSignal& stop) { return apiserver_main(io, stop, options); });
}

}  // namespace wasmbed::apiserver
