// GET /metrics/series, /metrics/names and /metrics/devices/NAMESPACE/NAME.
#pragma once

#include "host/net/http_server.hpp"
#include "services/web/scraper.hpp"

namespace wasmbed::web {

/// The caller has checked that the user may read metrics.
net::Response answer_metrics(const net::Request& request, const Scraper& scraper);

}  // namespace wasmbed::web
