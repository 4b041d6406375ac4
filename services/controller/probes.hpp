// The controller's HTTPS port for machines: /metrics, /healthz, /readyz. Nothing on it is secret; it needs no
// credentials.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "host/net/http_server.hpp"

namespace wasmbed::controller {

class Probes {
  public:
    struct Sources {
        std::function<std::string()> metrics;
        std::function<bool()> ready;  ///< the caches are filled: it leads or could
    };

    Probes(IoContext& io, Sources sources) : io_(io), sources_(std::move(sources)) {}

    /// Listens on ADDRESS:PORT with `controller.crt` and `.key` of the folder; does nothing for an empty address.
    Result<void, std::string> start(const std::string& address, const std::string& pki_dir);
    Task<> stop();

  private:
    Task<net::Response> answer(net::Request request);

    IoContext& io_;
    Sources sources_;
    std::unique_ptr<net::HttpServer> server_;
};

}  // namespace wasmbed::controller
