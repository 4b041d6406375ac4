// Logging in and out: /session, /login and /login-codes of docs/reference/web-api.md.
#pragma once

#include <cstdint>
#include <string>

#include "host/kube/client.hpp"
#include "host/net/http_server.hpp"
#include "services/web/sessions.hpp"

namespace wasmbed::web {

class SessionApi {
  public:
    struct Options {
        std::uint16_t port = 0;  ///< in the cookie's name: cookies do not tell ports apart
        bool secure = false;     ///< served over TLS
        kube::Kubeconfig api;    ///< where the API server is; no credentials are taken from it
    };

    /// `client` needs `create` on tokenreviews.
    SessionApi(IoContext& io, Sessions& sessions, kube::Client& client, Options options)
        : io_(io), sessions_(sessions), client_(client), options_(std::move(options)) {}

    /// The session whose cookie the request shows, or null.
    SessionPtr session_of(const net::Request& request);

    Task<net::Response> handle_session(net::Request request);
    Task<net::Response> handle_login(net::Request request);
    Task<net::Response> handle_login_code(net::Request request);

    /// What to answer when the API server no longer takes the session's token; ends the session.
    net::Response refused(const SessionPtr& session);

  private:
    struct Login {
        SessionPtr session;
        std::string cookie;
    };
    Task<Result<Login, net::Response>> log_in(std::string token);
    Task<net::Response> log_in_with_token(net::Request request);
    Task<Result<json::object, net::Response>> review(std::string token);
    Task<net::Response> describe(SessionPtr session, std::string ns);
    std::string cookie_name() const;
    std::string cookie(const std::string& value, std::chrono::seconds lifetime) const;

    IoContext& io_;
    Sessions& sessions_;
    kube::Client& client_;
    Options options_;
};

}  // namespace wasmbed::web
