// Which requests come from the dashboard's own page: the answer to DNS rebinding and cross-site request forgery.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/net/http_server.hpp"

namespace wasmbed::web {

/// The header that every write carries. A page of another origin cannot set it without a CORS preflight, which is never
/// answered.
inline constexpr char kWriteHeader[] = "X-Wasmbed";

class Guard {
  public:
    /// `scheme`: "http" or "https". `hosts`: what may stand in Host, port included.
    Guard(std::string scheme, std::vector<std::string> hosts) : scheme_(std::move(scheme)), hosts_(std::move(hosts)) {}

    /// None when the request may go on; else the answer: 421 for a foreign Host (a name that somebody pointed at this
    /// address), 403 for another Origin or a write without the header.
    std::optional<net::Response> refuse(const net::Request& request) const;

  private:
    std::string scheme_;
    std::vector<std::string> hosts_;
};

}  // namespace wasmbed::web
