#include "host/cli/readiness.hpp"

namespace wasmbed::cli {
namespace {

constexpr std::chrono::milliseconds kAskAgain{50};
constexpr std::chrono::seconds kAnswerLimit{5};

bool has_true_condition(const json::value& object, std::string_view type) {
    const json::array* conditions = json_array(object, {"status", "conditions"});
    if (!conditions) return false;
    for (const json::value& condition : *conditions) {
        if (json_string(condition, {"type"}) == type) return json_string(condition, {"status"}) == "True";
    }
    return false;
}

Task<bool> answers(kube::Client& client) {
    auto version = co_await client.raw("GET", "/version");
    co_return version.has_value();
}

Task<bool> exists(kube::Client& client, kube::ResourceType type, std::string name) {
    auto object = co_await client.get(type, "", std::move(name));
    co_return object.has_value();
}

Task<bool> gateway_ready(kube::Client& client, std::string name) {
    auto gateway = co_await client.get(kube::kGateways, "", std::move(name));
    co_return gateway&& has_true_condition(*gateway, "Ready");
}

// Any answer shows that the role is there: the objects above may be those of an earlier run.
Task<bool> http_answers(IoContext& io, std::string url, net::ClientTls tls) {
    net::HttpClient http(io, std::move(url), std::move(tls));
    net::ClientRequest request;
    request.target = "/readyz";
    auto answer = co_await http.request(std::move(request), OpContext::within(kAnswerLimit));
    co_return answer.has_value();
}

}  // namespace

Readiness::Readiness(IoContext& io, kube::Kubeconfig admin, SteadyClock::time_point limit,
                     std::function<bool()> hopeless)
    : io_(io),
      admin_(admin),
      client_(io, std::move(admin), "wasmbed-up"),
      limit_(limit),
      hopeless_(std::move(hopeless)) {
    client_.set_timeout(kAnswerLimit);
}

Task<Result<void, std::string>> Readiness::wait(std::string what, Probe probe) {
    for (;;) {
        const bool ready = co_await probe();
        if (ready) co_return Result<void, std::string>{};
        if (hopeless_() || SteadyClock::now() > limit_) co_return fail(what + " did not become ready");
        co_await sleep_for(kAskAgain);
    }
}

Task<Result<void, std::string>> Readiness::apiserver() {
    co_return co_await wait("the API server", [this] { return answers(client_); });
}

Task<Result<void, std::string>> Readiness::ensure_namespace(std::string name) {
    const bool there = co_await exists(client_, kube::kNamespaces, name);
    if (there) co_return Result<void, std::string>{};
    json::value object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
    auto made = co_await client_.create(kube::kNamespaces, "", std::move(object));
    if (!made && !made.error().already_exists())
        co_return fail("cannot make the namespace " + name + ": " + made.error().message);
    co_return Result<void, std::string>{};
}

Task<Result<void, std::string>> Readiness::roles(std::string gateway, Urls urls) {
    auto ready =
        co_await wait("the controller", [this] { return exists(client_, kube::kConfigMaps, "wasmbed-trust"); });
    if (!ready) co_return ready;
    ready = co_await wait("the gateway", [this, gateway] { return gateway_ready(client_, gateway); });
    const std::pair<const char*, std::string> answering[] = {
        {"the gateway's API", urls.gateway}, {"the emulator", urls.emulator}, {"the dashboard", urls.web}};
    for (const auto& [what, url] : answering) {
        if (!ready) co_return ready;
        ready = co_await wait(what, [this, url] { return http_answers(io_, url, admin_.tls); });
    }
    co_return ready;
}

}  // namespace wasmbed::cli
