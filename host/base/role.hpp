// The frame around a long-running role: signals in, exit status out.
#pragma once

#include <functional>
#include <string_view>

#include "host/base/task.hpp"

namespace wasmbed {

/// "Please stop", once. Coroutines wait for it; signals, tests and failing tasks raise it.
class StopSignal {
  public:
    explicit StopSignal(IoContext& io) : io_(io), notifier_(io) {}

    /// Raises the signal. Safe from any thread.
    void request();

    bool requested() const { return requested_; }

    /// Returns when the signal has been raised; at once if it already was.
    Task<> wait();

  private:
    IoContext& io_;
    Notifier notifier_;
    bool requested_ = false;
};

/// Runs `main` on a fresh event loop until it returns; its value is the exit status. SIGTERM and SIGINT raise the stop
/// signal that `main` was given; a second one ends the process at once with status 130. An exception out of `main` is
/// logged and gives status 1. SIGPIPE is ignored. Blocks the calling thread.
///
/// `main` starts its parts, awaits `stop.wait()`, then stops its parts in order:
///
///     Task<int> gateway_main(IoContext& io, StopSignal& stop, const GatewayOptions& options);
///     int run_gateway(const GatewayOptions& options) {
///         return run_role("gateway", [&](IoContext& io, StopSignal& stop) { return gateway_main(io, stop, options);
///         });
///     }
int run_role(std::string_view name, const std::function<Task<int>(IoContext&, StopSignal&)>& main);

}  // namespace wasmbed
