#include "services/gateway/gateway.hpp"

#include <sys/resource.h>

#include "host/base/log.hpp"
#include "host/base/role.hpp"
#include "host/base/task_group.hpp"
#include "services/gateway/gateway_role.hpp"

namespace wasmbed::gateway {
namespace {

/// Every session holds a descriptor, and the usual soft limit of 1,024 is far below what one gateway serves.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) log_warn("cannot raise the limit of open files");
}

/// Starts the gateway in the background, so that a stop signal is heard while it still waits for the API server.
Task<> start(Gateway& gateway, StopSignal& stop, int& status) {
    const auto started = co_await gateway.start();
    if (started) co_return;
    log_error("gateway cannot start", {{"error", started.error()}});
    status = 1;
    stop.request();
}

Task<int> gateway_main(IoContext& io, StopSignal& stop, GatewayOptions options) {
    auto api_server =
        options.kubeconfig.empty() ? kube::in_cluster_config() : kube::load_kubeconfig(options.kubeconfig);
    if (!api_server) {
        log_error("gateway cannot start", {{"error", api_server.error()}});
        co_return 1;
    }
    int status = 0;
    Gateway gateway{io, std::move(options), std::move(*api_server)};
    gateway.on_outdated([&](const std::string& reason) {
        log_info("gateway must start anew", {{"reason", reason}});
        status = 1;
        stop.request();
    });
    TaskGroup starting{io};
    starting.on_failure([&](const std::string&) {
        status = 1;
        stop.request();
    });
    starting.spawn("start gateway", start(gateway, stop, status));
    co_await stop.wait();
    co_await starting.stop();
    co_await gateway.stop();
    co_return status;
}

}  // namespace

int run_gateway(const GatewayOptions& options) {
    raise_descriptor_limit();
    return run_role("gateway", [&](IoContext& io, StopSignal& stop) { return gateway_main(io, stop, options); });
}

}  // namespace wasmbed::gateway
