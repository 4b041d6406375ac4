#include "services/web/guard.hpp"

#include <algorithm>

#include "host/access/access.hpp"

namespace wasmbed::web {
namespace {

bool only_reads(const net::Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

/// What browsers say about who asks (Fetch Metadata); other programs say nothing.
bool from_elsewhere(const net::Request& request) {
    const auto site = request.headers.get("Sec-Fetch-Site");
    const bool navigation = request.headers.get("Sec-Fetch-Mode") == "navigate" && only_reads(request);
    return !site.empty() && site != "same-origin" && site != "none" && !navigation;
}

}  // namespace

std::optional<net::Response> Guard::refuse(const net::Request& request) const {
    const std::string host(request.headers.get("Host"));
    if (std::find(hosts_.begin(), hosts_.end(), host) == hosts_.end()) {
        return access::status_response(
            421, "MisdirectedRequest",
            "this server is not called \"" + host + "\"; `wasmbed web --host NAME:PORT` would make it");
    }
    const auto origin = request.headers.get("Origin");
    const bool foreign = !origin.empty() && origin != scheme_ + "://" + host;
    if (foreign || from_elsewhere(request)) {
        return access::status_response(403, "CrossOrigin", "the request comes from another page");
    }
    // Whoever shows a token of their own needs no cookie, so nobody can be made to send this unawares.
    if (only_reads(request) || request.bearer_token()) return std::nullopt;
    if (request.headers.get(kWriteHeader) != "1") {
        return access::status_response(403, "CrossOrigin", "a write needs the header X-Wasmbed: 1");
    }
    return std::nullopt;
}

}  // namespace wasmbed::web
