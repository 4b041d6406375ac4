// Which part answers which path.
#pragma once

#include "host/access/access.hpp"
#include "services/web/addresses.hpp"
#include "services/web/guard.hpp"
#include "services/web/platform_logs.hpp"
#include "services/web/scraper.hpp"
#include "services/web/session_api.hpp"
#include "services/web/static_files.hpp"
#include "services/web/system_api.hpp"
#include "services/web/terminal_api.hpp"
#include "services/web/upstream.hpp"

namespace wasmbed::web {

/// The parts, made by web.cpp.
struct Parts {
    IoContext& io;
    std::string apiserver;  ///< "https://host:port"
    Guard guard;
    SessionApi& sessions;
    Addresses& addresses;
    Upstream& upstream;
    access::Reviewer& reviewer;
    const Scraper& scraper;
    TerminalApi& terminal;
    SystemApi& system;
    const PlatformLogs& logs;
    StaticFiles files;
};

class Router {
  public:
    explicit Router(Parts parts) : parts_(std::move(parts)) {}

    /// Answers one request of a browser.
    Task<net::Response> handle(net::Request request);

  private:
    Task<net::Response> route(net::Request request);
    Task<net::Response> route_with_session(net::Request request, SessionPtr session);
    Task<std::optional<net::Response>> refuse(SessionPtr session, std::string subresource);
    Task<net::Response> metrics(net::Request request, SessionPtr session);
    Task<net::Response> logs(net::Request request, SessionPtr session);
    Task<net::Response> pass_on(net::Request request, SessionPtr session);
    Task<net::Response> fetch(SessionPtr session, std::string target);
    Result<std::pair<std::string, std::string>, std::string> destination(const net::Request& request) const;

    Parts parts_;
};

}  // namespace wasmbed::web
