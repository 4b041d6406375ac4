// The gateway's HTTPS API for people's tools: records and device state (docs/reference/objects.md).
#pragma once

#include <functional>
#include <string>

#include "host/access/access.hpp"
#include "host/net/http_server.hpp"
#include "services/gateway/fleet_view.hpp"
#include "services/gateway/records.hpp"
#include "services/gateway/sessions.hpp"

namespace wasmbed::gateway {

class HttpApi {
  public:
    /// `metrics` gives the text of `/metrics`.
    HttpApi(kube::Client& client, FleetView& view, Sessions& sessions, RecordStore& records,
            std::function<std::string()> metrics)
        : reviewer_(client), view_(view), sessions_(sessions), records_(records), metrics_(std::move(metrics)) {}

    Task<net::Response> handle(net::Request request);

  private:
    Task<net::Response> metrics(net::Request request);
    Task<net::Response> usage(net::Request request);
    Task<net::Response> records(net::Request request, std::string ns);
    Task<net::Response> state(net::Request request, std::string ns, std::string device);

    access::Reviewer reviewer_;
    FleetView& view_;
    Sessions& sessions_;
    RecordStore& records_;
    std::function<std::string()> metrics_;
};

}  // namespace wasmbed::gateway
