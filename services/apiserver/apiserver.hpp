// The embedded API server: Kubernetes REST for Wasmbed's kinds, on SQLite.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "host/base/task.hpp"

namespace wasmbed::apiserver {

struct ApiserverOptions {
    std::string database_path;  ///< DIR/apiserver.db; made when missing
    std::string address = "127.0.0.1";
    std::uint16_t port = 6443;  ///< 0: any free one
    // PEM files
    std::string certificate_file;
    std::string key_file;
    std::string user_ca_file;                                     ///< clients: people
    std::string service_ca_file;                                  ///< clients: the roles
    std::string audit_file = {};                                  ///< DIR/logs/audit.log; empty: none
    std::chrono::seconds event_lifetime = std::chrono::hours(1);  ///< as kube-apiserver's --event-ttl
};

/// Runs until SIGTERM or SIGINT; returns the exit status. Logs "ready" with the bound address once it serves.
int run_apiserver(const ApiserverOptions& options);

/// The server as a part of a program, for `run_apiserver` and for tests.
class Apiserver {
  public:
    /// Opens the database and listens. The error names the file or address and the cause.
    static Task<Result<std::unique_ptr<Apiserver>, std::string>> start(IoContext& io, ApiserverOptions options);
    ~Apiserver();

    std::uint16_t port() const;
    /// Stops accepting, ends watches, waits for writes under way to be on disk. Await it before destruction.
    Task<> stop();

  private:
    struct State;
    explicit Apiserver(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace wasmbed::apiserver
