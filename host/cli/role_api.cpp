#include "host/cli/role_api.hpp"

namespace wasmbed::cli {
namespace {

constexpr std::chrono::seconds kAnswerLimit{30};
constexpr std::chrono::seconds kErrorBodyLimit{5};

std::string refusal(int status, const std::string& body) {
    auto parsed = parse_json(body);
    const std::string_view message = parsed ? json_string(*parsed, {"message"}) : std::string_view();
    return message.empty() ? "the server answered with status " + std::to_string(status) : std::string(message);
}

// Without /v1/...
std::string base_of(std::string_view url) {
    return std::string(url.substr(0, url.find("/v1/")));
}

}  // namespace

RoleApi::RoleApi(Context& context, std::string base_url)
    : http_(context.io, std::move(base_url), context.config.tls, context.config.token) {}

Task<Result<json::value, std::string>> RoleApi::call(std::string method, std::string path, json::value body) {
    net::ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(path);
    if (!body.is_null()) {
        request.body = json::serialize(body);
        request.headers.add("Content-Type", "application/json");
    }
    auto answer = co_await http_.request(std::move(request), OpContext::within(kAnswerLimit));
    if (!answer) co_return fail(answer.error().message);
    if (answer->status / 100 != 2) co_return fail(refusal(answer->status, answer->body));
    co_return parse_json(answer->body);
}

Task<Result<void, std::string>> RoleApi::post_bytes(std::string path, std::string bytes) {
    net::ClientRequest request;
    request.method = "POST";
    request.target = std::move(path);
    request.body = std::move(bytes);
    request.headers.add("Content-Type", "application/octet-stream");
    auto answer = co_await http_.request(std::move(request), OpContext::within(kAnswerLimit));
    if (!answer) co_return fail(answer.error().message);
    if (answer->status / 100 != 2) co_return fail(refusal(answer->status, answer->body));
    co_return Result<void, std::string>{};
}

Task<Result<std::unique_ptr<net::ResponseStream>, std::string>> RoleApi::stream(std::string path) {
    net::ClientRequest request;
    request.target = std::move(path);
    auto stream = co_await http_.open_stream(std::move(request), OpContext::within(kAnswerLimit));
    if (!stream) co_return fail(stream.error().message);
    const int status = (*stream)->status();
    if (status / 100 == 2) co_return std::move(*stream);
    auto body = co_await (*stream)->read_all(kErrorBodyLimit);
    co_return fail(refusal(status, body ? *body : std::string()));
}

Task<Result<std::string, std::string>> emulator_url(Context& context, std::string device) {
    auto object = co_await context.client.get(kube::kDevices, context.ns, device);
    if (!object) co_return fail(object.error().message);
    const std::string_view console = json_string(*object, {"status", "emulation", "console"});
    if (!console.empty()) co_return base_of(console);
    if (json_bool(*object, {"spec", "emulation", "enabled"}))
        co_return fail("no emulator has taken device \"" + device + "\" yet: is one running?");
    co_return fail("device \"" + device + "\" is not emulated; this works for emulated devices only");
}

Task<Result<std::string, std::string>> gateway_url(Context& context, std::string device) {
    std::string wanted;
    if (!device.empty()) {
        auto object = co_await context.client.get(kube::kDevices, context.ns, device);
        if (!object) co_return fail(object.error().message);
        wanted = json_string(*object, {"status", "session", "gateway"});
    }
    auto gateways = co_await context.client.list(kube::kGateways, "");
    if (!gateways) co_return fail(gateways.error().message);
    std::string any;
    const json::array* items = json_array(*gateways, {"items"});
    for (const json::value& gateway : items ? *items : json::array{}) {
        const std::string api(json_string(gateway, {"status", "api"}));
        if (api.empty()) continue;
        if (!wanted.empty() && json_string(gateway, {"metadata", "name"}) == wanted) co_return api;
        any = api;
    }
    if (any.empty())
        co_return fail(std::string("no Gateway says where its API is (status.api): is a gateway running?"));
    co_return any;
}

std::string device_path(const Context& context, const std::string& device, const std::string& leaf) {
    return "/v1/namespaces/" + net::percent_encode(context.ns) + "/devices/" + net::percent_encode(device) + "/" + leaf;
}

}  // namespace wasmbed::cli
