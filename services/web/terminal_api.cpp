#include "services/web/terminal_api.hpp"

#include "host/access/access.hpp"
#include "host/cli/terminal.hpp"

namespace wasmbed::web {
namespace {

using access::status_response;

net::Response json_response(const json::value& value) {
    net::Response response;
    response.body = json::serialize(value) + "\n";
    return response;
}

/// Counts a command while it runs, however it ends.
struct Running {
    explicit Running(std::size_t& count) : count_(count) { ++count_; }
    ~Running() { --count_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    std::size_t& count_;
};

}  // namespace

Task<net::Response> TerminalApi::handle(net::Request request, SessionPtr session) {
    if (request.path == "/terminal" && request.method == "POST") co_return co_await run(std::move(request), session);
    if (request.path == "/terminal/complete" && request.method == "GET") {
        co_return co_await complete(std::move(request), session);
    }
    co_return status_response(404, "NotFound", request.method + " " + request.path + " is not part of this API");
}

Task<net::Response> TerminalApi::run(net::Request request, SessionPtr session) {
    auto body = parse_json(request.body);
    const auto* line = body ? json_find(*body, {"line"}) : nullptr;
    if (!line || !line->is_string()) {
        co_return status_response(400, "BadRequest", "the body must be {\"line\": \"...\", \"namespace\": \"...\"}");
    }
    if (running_ >= kRunningMax) {
        co_return status_response(429, "TooManyRequests", "16 commands are running already; try again in a moment");
    }
    const Running counted(running_);
    const std::string text(line->get_string());
    const std::string ns(json_string(*body, {"namespace"}));
    const auto began = SteadyClock::now();
    auto answer = co_await cli::run_terminal_line(io_, credentials(*session), ns, text, options_.version);
    const std::chrono::duration<double> took = SteadyClock::now() - began;
    audit_.write({{"user", session->user},
                  {"address", request.peer.address},
                  {"namespace", ns},
                  {"line", text.substr(0, cli::kTerminalLineBytesMax)},
                  {"exitStatus", answer.exit_status}});
    co_return json_response({{"exitStatus", answer.exit_status},
                             {"output", answer.output},
                             {"errors", answer.errors},
                             {"truncated", answer.truncated},
                             {"timedOut", answer.timed_out},
                             {"seconds", took.count()}});
}

Task<net::Response> TerminalApi::complete(net::Request request, SessionPtr session) {
    auto found = co_await cli::complete_terminal_line(io_, credentials(*session), request.query.get("namespace"),
                                                      request.query.get("line"));
    co_return json_response(
        {{"from", found.from}, {"candidates", json::array(found.candidates.begin(), found.candidates.end())}});
}

kube::Kubeconfig TerminalApi::credentials(const Session& session) const {
    auto config = options_.api;
    config.tls.certificate_pem.clear();
    config.tls.key_pem.clear();
    config.token = session.token;
    return config;
}

}  // namespace wasmbed::web
