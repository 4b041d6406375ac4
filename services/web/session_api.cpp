#include "services/web/session_api.hpp"

#include "host/access/access.hpp"
#include "host/base/log.hpp"
#include "services/web/rights.hpp"

namespace wasmbed::web {
namespace {

using access::status_response;

constexpr kube::ResourceType kRulesReviews{"authorization.k8s.io", "v1", "selfsubjectrulesreviews",
                                           "SelfSubjectRulesReview", false};
constexpr char kLoginPage[] =
    "<!doctype html><title>Wasmbed</title><p>This login link was used already, or is older than ten minutes. "
    "<code>wasmbed dashboard</code> prints a new one; or <a href=\"/\">log in with a token</a>.\n";

net::Response unauthorized(std::string message) {
    return status_response(401, "Unauthorized", std::move(message));
}

net::Response method_not_allowed() {
    return status_response(405, "MethodNotAllowed", "this path does not take that method");
}

/// The value of one cookie in a Cookie header (RFC 6265 section 4.2.1).
std::string cookie_value(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        auto end = header.find(';');
        auto pair = header.substr(0, end);
        header.remove_prefix(end == header.npos ? header.size() : end + 1);
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
            return std::string(pair.substr(name.size() + 1));
        }
    }
    return {};
}

std::vector<std::string> strings(const json::array* array) {
    std::vector<std::string> out;
    for (const auto& item : array ? *array : json::array()) {
        if (item.is_string()) out.emplace_back(item.get_string());
    }
    return out;
}

}  // namespace

std::string SessionApi::cookie_name() const {
    return "wasmbed-" + std::to_string(options_.port);
}

std::string SessionApi::cookie(const std::string& value, std::chrono::seconds lifetime) const {
    return cookie_name() + "=" + value +
           "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(lifetime.count()) +
           (options_.secure ? "; Secure" : "");
}

SessionPtr SessionApi::session_of(const net::Request& request) {
    const auto name = cookie_value(request.headers.get("Cookie"), cookie_name());
    return name.empty() ? nullptr : sessions_.find(name);
}

net::Response SessionApi::refused(const SessionPtr& session) {
    sessions_.end(session);
    return unauthorized("the API server no longer accepts the token of this session; log in again");
}

/// Whose token that is: {"username", "groups"}.
Task<Result<json::object, net::Response>> SessionApi::review(std::string token) {
    json::value question{
        {"apiVersion", kube::kTokenReviews.api_version()}, {"kind", "TokenReview"}, {"spec", {{"token", token}}}};
    auto answer = co_await client_.create(kube::kTokenReviews, "", std::move(question));
    if (!answer) {
        co_return fail(status_response(502, "BadGateway", "the API server cannot be asked: " + answer.error().message));
    }
    const auto* user = json_object(*answer, {"status", "user"});
    if (!json_bool(*answer, {"status", "authenticated"}) || !user) {
        co_return fail(unauthorized("the token is unknown or has expired"));
    }
    co_return *user;
}

Task<Result<SessionApi::Login, net::Response>> SessionApi::log_in(std::string token) {
    auto user = co_await review(token);
    if (!user) co_return fail(std::move(user.error()));
    const json::value known(*user);
    auto [name, session] = sessions_.start(std::move(token), std::string(json_string(known, {"username"})),
                                           strings(json_array(known, {"groups"})));
    log_info("logged in", {{"user", session->user}});
    co_return Login{session, cookie(name, Sessions::kLifetime)};
}

Task<net::Response> SessionApi::log_in_with_token(net::Request request) {
    auto body = parse_json(request.body);
    std::string token(body ? json_string(*body, {"token"}) : std::string_view());
    if (token.empty()) co_return status_response(400, "BadRequest", "the body must be {\"token\": \"...\"}");
    auto login = co_await log_in(std::move(token));
    if (!login) co_return std::move(login.error());
    auto described = co_await describe(login->session, request.query.get("namespace"));
    described.headers.add("Set-Cookie", login->cookie);
    co_return described;
}

Task<net::Response> SessionApi::handle_session(net::Request request) {
    if (request.method == "POST") co_return co_await log_in_with_token(std::move(request));
    auto session = session_of(request);
    if (request.method == "GET") {
        if (!session) co_return unauthorized("nobody is logged in");
        co_return co_await describe(session, request.query.get("namespace"));
    }
    if (request.method != "DELETE") co_return method_not_allowed();
    if (session) {
        log_info("logged out", {{"user", session->user}});
        sessions_.end(session);
    }
    net::Response gone;
    gone.status = 204;
    gone.headers.add("Set-Cookie", cookie("", std::chrono::seconds(0)));
    co_return gone;
}

Task<net::Response> SessionApi::describe(SessionPtr session, std::string ns) {
    if (ns.empty()) ns = options_.api.default_namespace;
    auto config = options_.api;
    config.tls.certificate_pem.clear();
    config.tls.key_pem.clear();
    config.token = session->token;
    kube::Client user(io_, std::move(config), "wasmbed-web");
    json::value question{
        {"apiVersion", kRulesReviews.api_version()}, {"kind", kRulesReviews.kind}, {"spec", {{"namespace", ns}}}};
    auto answer = co_await user.create(kRulesReviews, "", std::move(question));
    if (!answer && answer.error().code == 401) co_return refused(session);
    if (!answer) {
        co_return status_response(502, "BadGateway", "the API server cannot be asked: " + answer.error().message);
    }
    const auto* rules = json_find(*answer, {"status", "resourceRules"});
    const json::object described{{"user", session->user},
                                 {"groups", json::array(session->groups.begin(), session->groups.end())},
                                 {"role", role_of(session->groups)},
                                 {"namespace", options_.api.default_namespace},
                                 {"can", summarize_rights(rules ? *rules : json::value())},
                                 {"expires", rfc3339(session->expires)}};
    net::Response response;
    response.body = json::serialize(described) + "\n";
    co_return response;
}

Task<net::Response> SessionApi::handle_login(net::Request request) {
    if (request.method != "GET") co_return method_not_allowed();
    auto token = sessions_.take_code(request.query.get("code"));
    if (token) {
        auto login = co_await log_in(std::move(*token));
        if (!login && login.error().status != 401) co_return std::move(login.error());
        if (login) {
            net::Response to_dashboard;
            to_dashboard.status = 303;
            to_dashboard.headers.add("Location", "/");
            to_dashboard.headers.add("Set-Cookie", login->cookie);
            co_return to_dashboard;
        }
    }
    net::Response page;
    page.status = 401;
    page.content_type = "text/html; charset=utf-8";
    page.body = kLoginPage;
    co_return page;
}

Task<net::Response> SessionApi::handle_login_code(net::Request request) {
    if (request.method != "POST") co_return method_not_allowed();
    auto token = request.bearer_token();
    if (!token) co_return unauthorized("the header Authorization: Bearer TOKEN is needed");
    auto user = co_await review(*token);
    if (!user) co_return std::move(user.error());
    auto code = sessions_.make_code(std::move(*token));
    if (!code) {
        co_return status_response(429, "TooManyRequests",
                                  std::to_string(Sessions::kCodesMax) + " login codes are waiting to be used already");
    }
    net::Response response;
    response.body = json::serialize(json::object{{"path", "/login?code=" + *code}}) + "\n";
    co_return response;
}

}  // namespace wasmbed::web
