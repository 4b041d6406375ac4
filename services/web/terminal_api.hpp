// POST /terminal and GET /terminal/complete: our own commands, as the user, each on record.
#pragma once

#include "host/base/audit_file.hpp"
#include "host/kube/kubeconfig.hpp"
#include "host/net/http_server.hpp"
#include "services/web/sessions.hpp"

namespace wasmbed::web {

class TerminalApi {
  public:
    struct Options {
        kube::Kubeconfig api;  ///< where the API server is; no credentials are taken from it
        std::string audit_file;
        std::string version;
    };
    /// Commands that run at once, of all users together; further ones are answered 429.
    static constexpr std::size_t kRunningMax = 16;

    TerminalApi(IoContext& io, Options options) : io_(io), options_(std::move(options)), audit_(options_.audit_file) {}

    Result<void, std::string> open() { return audit_.open(); }

    Task<net::Response> handle(net::Request request, SessionPtr session);

  private:
    Task<net::Response> run(net::Request request, SessionPtr session);
    Task<net::Response> complete(net::Request request, SessionPtr session);
    kube::Kubeconfig credentials(const Session& session) const;

    IoContext& io_;
    Options options_;
    AuditFile audit_;
    std::size_t running_ = 0;
};

}  // namespace wasmbed::web
