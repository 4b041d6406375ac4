// GET /system: is everything there, which boards can be run, and what to deploy first.
#pragma once

#include "host/base/time.hpp"
#include "host/net/http_server.hpp"
#include "services/web/addresses.hpp"
#include "services/web/sessions.hpp"
#include "services/web/upstream.hpp"

namespace wasmbed::web {

class SystemApi {
  public:
    struct Options {
        std::string apiserver_url;
        std::string controller_url;  ///< of its probes; empty: its health is not known
        std::string version;
        json::array templates;
    };

    SystemApi(const Addresses& addresses, Upstream& upstream, Options options)
        : addresses_(addresses), upstream_(upstream), options_(std::move(options)) {}

    Task<net::Response> handle(net::Request request, SessionPtr session);

  private:
    Task<json::array> roles(SessionPtr session);
    Task<json::object> ask(std::string role, std::string url, std::string path, std::string token);
    Task<json::array> boards(SessionPtr session);

    const Addresses& addresses_;
    Upstream& upstream_;
    Options options_;
    WallClock::time_point started_ = WallClock::now();
};

}  // namespace wasmbed::web
