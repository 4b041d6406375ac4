#include "host/cli/run.hpp"

#include <iostream>

#include "host/base/log.hpp"
#include "host/base/task_group.hpp"

namespace wasmbed::cli {
namespace {

Task<void> keep_status(IoContext& io, Context& context, const std::function<Task<int>(Context&)>& command,
                       int& status) {
    try {
        status = co_await command(context);
    } catch (const std::exception& error) {
        status = report(context, std::string_view(error.what()));
    }
    io.stop();  // Kept-alive connections must not hold the process.
}

}  // namespace

int run_command(const ClientFlags& flags, const std::function<Task<int>(Context&)>& command) {
    setup_logging("wasmbed", "error");
    auto config = find_kubeconfig(flags);
    if (!config) {
        std::cerr << "error: " << config.error() << std::endl;
        return 1;
    }
    IoContext io;
    Context context(io, std::move(*config), flags.ns, std::cout, std::cerr);
    int status = 1;
    TaskGroup tasks(io);
    tasks.spawn("command", keep_status(io, context, command, status));
    io.run();
    return status;
}

}  // namespace wasmbed::cli
