#include "services/web/system_api.hpp"

#include "host/access/access.hpp"
#include "host/base/log.hpp"

namespace wasmbed::web {
namespace {

json::object role_entry(std::string role, std::string instance) {
    return {{"role", role}, {"instance", instance}, {"healthy", nullptr}, {"message", ""}, {"version", ""}};
}

/// A Gateway tells about itself in its object.
json::object gateway_entry(const json::value& gateway) {
    auto entry = role_entry("gateway", kube::key_of(gateway).text());
    entry["healthy"] = false;
    entry["message"] = "the Gateway has not said that it is ready";
    entry["version"] = json_string(gateway, {"status", "version"});
    const auto* conditions = json_array(gateway, {"status", "conditions"});
    for (const auto& condition : conditions ? *conditions : json::array()) {
        if (json_string(condition, {"type"}) != "Ready") continue;
        const bool ready = json_string(condition, {"status"}) == "True";
        entry["healthy"] = ready;
        entry["message"] = ready ? "" : json_string(condition, {"message"});
    }
    return entry;
}

}  // namespace

/// One question to a role; an answer means that it is healthy.
Task<json::object> SystemApi::ask(std::string role, std::string url, std::string path, std::string token) {
    auto entry = role_entry(std::move(role), "");
    auto answer = co_await upstream_.get(std::move(url), std::move(path), std::move(token));
    entry["healthy"] = answer.has_value();
    if (!answer) {
        entry["message"] = answer.error();
        co_return entry;
    }
    auto body = parse_json(*answer);
    if (body) entry["version"] = json_string(*body, {"gitVersion"});
    co_return entry;
}

Task<json::array> SystemApi::roles(SessionPtr session) {
    json::array all;
    auto apiserver = co_await ask("apiserver", options_.apiserver_url, "/version", session->token);
    all.push_back(std::move(apiserver));
    if (options_.controller_url.empty()) {
        auto controller = role_entry("controller", "");
        controller["message"] = "web was not told where its probes are";
        all.push_back(std::move(controller));
    } else {
        auto controller = co_await ask("controller", options_.controller_url, "/readyz", "");
        all.push_back(std::move(controller));
    }
    for (const auto& gateway : addresses_.gateways().list()) all.push_back(gateway_entry(*gateway));
    if (auto url = addresses_.emulator()) {
        auto emulator = co_await ask("emulator", *url, "/readyz", "");
        all.push_back(std::move(emulator));
    }
    auto self = role_entry("web", "");
    self["healthy"] = true;
    self["version"] = options_.version;
    all.push_back(std::move(self));
    co_return all;
}

/// As the emulator tells, to this user.
Task<json::array> SystemApi::boards(SessionPtr session) {
    auto emulator = addresses_.emulator();
    if (!emulator) co_return json::array();
    auto answer = co_await upstream_.get(*emulator, "/v1/boards", session->token);
    auto body = answer ? parse_json(*answer) : Result<json::value, std::string>(json::value());
    const auto* boards = body ? json_array(*body, {"boards"}) : nullptr;
    if (!boards) log_warn("the emulator does not tell its boards", {{"why", answer ? "no list" : answer.error()}});
    co_return boards ? *boards : json::array();
}

Task<net::Response> SystemApi::handle(net::Request request, SessionPtr session) {
    if (request.method != "GET" || request.path != "/system") {
        co_return access::status_response(404, "NotFound",
                                          request.method + " " + request.path + " is not part of this API");
    }
    const auto part = request.query.get("part");
    json::object system{{"version", options_.version}, {"startedAt", rfc3339(started_)}};
    if (part.empty() || part == "roles") {
        auto all = co_await roles(session);
        system["roles"] = std::move(all);
    }
    if (part.empty() || part == "boards") {
        auto all = co_await boards(session);
        system["boards"] = std::move(all);
    }
    if (part.empty() || part == "templates") system["templates"] = options_.templates;
    net::Response response;
    response.body = json::serialize(system) + "\n";
    co_return response;
}

}  // namespace wasmbed::web
