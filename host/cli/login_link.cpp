#include "host/cli/login_link.hpp"

#include <filesystem>
#include <ostream>

#include "host/cli/user_commands.hpp"
#include "host/net/http_client.hpp"
#include "host/pki/atomic_file.hpp"

namespace wasmbed::cli {
namespace {

constexpr std::chrono::seconds kAnswerLimit{10};
constexpr int kDefaultPort = 30470;
constexpr kube::ResourceType kSelfReviews{"authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview",
                                          false};

Task<Result<std::string, std::string>> own_name(Context& context) {
    json::value question{{"apiVersion", kSelfReviews.api_version()}, {"kind", kSelfReviews.kind}};
    auto answer = co_await context.client.create(kSelfReviews, "", std::move(question));
    if (!answer) co_return fail(answer.error().message);
    co_return std::string(json_string(*answer, {"status", "userInfo", "username"}));
}

}  // namespace

Task<Result<std::string, std::string>> make_login_link(Context& context, std::string web_url) {
    auto user = co_await own_name(context);
    if (!user) co_return fail(user.error());
    co_await remove_expired_tokens(context, *user);
    auto token = co_await make_token(context, *user, "admin", WallClock::now() + kLoginLifetime);
    if (!token) co_return fail(token.error().message);
    net::HttpClient web(context.io, web_url, context.config.tls, token->token);
    auto answer = co_await web.request({.method = "POST", .target = "/login-codes"}, OpContext::within(kAnswerLimit));
    if (!answer) co_return fail("the dashboard does not answer: " + answer.error().message);
    auto body = parse_json(answer->body);
    const std::string path(body ? json_string(*body, {"path"}) : std::string_view());
    if (path.empty()) co_return fail("the dashboard gives no login code: status " + std::to_string(answer->status));
    co_return web_url + path;
}

std::string dashboard_url(const std::string& kubeconfig_path) {
    int port = kDefaultPort;
    auto text = pki::read_small_file(std::filesystem::path(kubeconfig_path).parent_path() / "ports.json");
    auto ports = text ? parse_json(*text) : Result<json::value, std::string>(json::value());
    if (ports) port = int(json_int(*ports, {"dashboard"}, kDefaultPort));
    return "http://127.0.0.1:" + std::to_string(port);
}

Task<int> dashboard(Context& context, std::string web_url) {
    auto link = co_await make_login_link(context, std::move(web_url));
    if (!link) co_return report(context, link.error());
    context.out << *link << std::endl;
    co_return 0;
}

}  // namespace wasmbed::cli
