// Requests passed on to the roles behind the dashboard, with the user's own token.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "host/net/http_client.hpp"
#include "host/net/http_server.hpp"

namespace wasmbed::web {

/// Connections to API server, gateways and emulator. They are not authenticated by themselves: each request carries
/// the token of the user it is for.
class Upstream {
  public:
    /// `ca_pem`: who vouches for the roles' certificates.
    Upstream(IoContext& io, std::string ca_pem) : io_(io), ca_pem_(std::move(ca_pem)) {}

    /// Sends `request` to `base_url` + `target` and gives back the answer as it is; what follows (`watch`, `follow`)
    /// as a stream that passes each part on at once. 502 when nobody answers; the message says who, and why.
    Task<net::Response> forward(const net::Request& request, std::string base_url, std::string target,
                                std::string token);

    /// A plain GET; the error is a line for people.
    Task<Result<std::string, std::string>> get(std::string base_url, std::string target, std::string token);

  private:
    net::HttpClient& client(const std::string& base_url);

    IoContext& io_;
    std::string ca_pem_;
    std::map<std::string, std::unique_ptr<net::HttpClient>> clients_;
};

}  // namespace wasmbed::web
