#include "services/web/router.hpp"

#include "services/web/metrics_api.hpp"
#include "services/web/streams.hpp"

namespace wasmbed::web {
namespace {

using access::status_response;

/// What every answer says to the browser; pages have a policy of their own.
void add_security_headers(net::Response& response) {
    response.headers.add("X-Frame-Options", "DENY");
    response.headers.add("Referrer-Policy", "no-referrer");
    response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
    response.headers.add("Cross-Origin-Resource-Policy", "same-origin");
    if (response.headers.get("Content-Security-Policy").empty()) {
        response.headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
    }
}

std::string first_segment(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    return std::string(path.substr(0, path.find('/')));
}

/// `target` without its first `count` segments, as it was sent.
std::string without_segments(std::string_view target, int count) {
    for (; count > 0; --count) {
        const auto slash = target.find_first_of("/?", 1);
        target = slash == target.npos ? std::string_view() : target.substr(slash);
    }
    return target.starts_with('/') ? std::string(target) : "/" + std::string(target);
}

bool is_passed_on(std::string_view segment) {
    return segment == "api" || segment == "apis" || segment == "version" || segment == "openapi" ||
           segment == "gateways" || segment == "emulator";
}

bool needs_session(std::string_view segment) {
    return is_passed_on(segment) || segment == "streams" || segment == "metrics" || segment == "terminal" ||
           segment == "system" || segment == "logs";
}

}  // namespace

Task<net::Response> Router::handle(net::Request request) {
    if (request.path == "/healthz" || request.path == "/readyz") co_return net::Response::text(200, "ok\n");
    auto refused = parts_.guard.refuse(request);
    if (refused) {
        add_security_headers(*refused);
        co_return std::move(*refused);
    }
    auto response = co_await route(std::move(request));
    add_security_headers(response);
    co_return response;
}

Task<net::Response> Router::route(net::Request request) {
    const auto segment = first_segment(request.path);
    if (request.path == "/session") co_return co_await parts_.sessions.handle_session(std::move(request));
    if (request.path == "/login") co_return co_await parts_.sessions.handle_login(std::move(request));
    if (request.path == "/login-codes") co_return co_await parts_.sessions.handle_login_code(std::move(request));
    // The dashboard has pages at /gateways/..., too: browsers say when they open a page.
    const bool opens_page =
        request.headers.get("Sec-Fetch-Dest") == "document" || request.headers.get("Accept").starts_with("text/html");
    if (opens_page || !needs_session(segment)) co_return parts_.files.answer(request);
    auto session = parts_.sessions.session_of(request);
    if (!session) co_return status_response(401, "Unauthorized", "nobody is logged in");
    co_return co_await route_with_session(std::move(request), session);
}

Task<net::Response> Router::route_with_session(net::Request request, SessionPtr session) {
    const auto segment = first_segment(request.path);
    if (segment == "streams") {
        net::Response response;
        response.websocket = make_streams(parts_.io, session, [this](SessionPtr user, std::string target) {
            return fetch(std::move(user), std::move(target));
        });
        co_return response;
    }
    if (segment == "metrics") co_return co_await metrics(std::move(request), session);
    if (segment == "logs") co_return co_await logs(std::move(request), session);
    if (segment == "terminal") co_return co_await parts_.terminal.handle(std::move(request), session);
    if (segment == "system") co_return co_await parts_.system.handle(std::move(request), session);
    co_return co_await pass_on(std::move(request), session);
}

/// What is of all namespaces needs the right to read it in all.
Task<std::optional<net::Response>> Router::refuse(SessionPtr session, std::string subresource) {
    net::Request question;
    question.headers.add("Authorization", "Bearer " + session->token);
    access::Action action{.verb = "get", .ns = "", .subresource = std::move(subresource), .name = ""};
    auto refused = co_await parts_.reviewer.refuse(question, std::move(action));
    if (refused && refused->status == 401) co_return parts_.sessions.refused(session);
    co_return std::move(refused);
}

Task<net::Response> Router::metrics(net::Request request, SessionPtr session) {
    auto refused = co_await refuse(session, "metrics");
    if (refused) co_return std::move(*refused);
    co_return answer_metrics(request, parts_.scraper);
}

Task<net::Response> Router::logs(net::Request request, SessionPtr session) {
    auto refused = co_await refuse(session, "logs");
    if (refused) co_return std::move(*refused);
    co_return answer_logs(request, parts_.logs);
}

Task<net::Response> Router::pass_on(net::Request request, SessionPtr session) {
    auto where = destination(request);
    if (!where) co_return status_response(404, "NotFound", where.error());
    const bool to_apiserver = where->first == parts_.apiserver;
    auto response =
        co_await parts_.upstream.forward(request, std::move(where->first), std::move(where->second), session->token);
    if (response.status == 401 && to_apiserver) co_return parts_.sessions.refused(session);
    co_return response;
}

/// A GET within a session, for the WebSocket.
Task<net::Response> Router::fetch(SessionPtr session, std::string target) {
    net::Request request;
    request.method = "GET";
    request.target = std::move(target);
    const auto question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos)
        request.query = net::Query(std::string_view(request.target).substr(question + 1));
    const auto segment = first_segment(request.path);
    if (segment == "logs") co_return co_await logs(std::move(request), std::move(session));
    if (!is_passed_on(segment)) {
        co_return status_response(404, "NotFound", "streams are of objects, gateways, emulator and logs only");
    }
    co_return co_await pass_on(std::move(request), std::move(session));
}

/// Base URL and target there; the error says what is not known.
Result<std::pair<std::string, std::string>, std::string> Router::destination(const net::Request& request) const {
    const auto segments = request.segments();
    if (segments[0] == "gateways") {
        if (segments.size() < 4) return fail(std::string("/gateways/NAMESPACE/NAME/... is needed"));
        auto base = parts_.addresses.gateway(segments[1], segments[2]);
        if (!base) return fail(base.error());
        return std::pair(*base, without_segments(request.target, 3));
    }
    if (segments[0] == "emulator") {
        const bool of_device = segments.size() > 5 && segments[2] == "namespaces" && segments[4] == "devices";
        auto base = of_device ? parts_.addresses.emulator_of(segments[3], segments[5]) : parts_.addresses.emulator();
        if (!base) return fail(base.error());
        return std::pair(*base, without_segments(request.target, 1));
    }
    return std::pair(parts_.apiserver, request.target);
}

}  // namespace wasmbed::web
