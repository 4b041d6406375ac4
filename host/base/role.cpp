#include "host/base/role.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <string>
#include <unistd.h>

#include "host/base/log.hpp"

namespace wasmbed {
namespace asio = boost::asio;

void StopSignal::request() {
    asio::post(io_, [this] {
        requested_ = true;
        notifier_.notify_all();
    });
}

Task<> StopSignal::wait() {
    while (!requested_) co_await notifier_.wait();
}

namespace {

/// Status of a shell for a process ended by SIGINT.
constexpr int kInterruptedStatus = 130;

void on_signals(asio::signal_set& signals, StopSignal& stop) {
    signals.async_wait([&](boost::system::error_code error, int number) {
        if (error) return;
        if (stop.requested()) ::_exit(kInterruptedStatus);
        log_info("stopping", {{"signal", number}});
        stop.request();
        on_signals(signals, stop);
    });
}

std::string text_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "unknown exception";
    }
}

}  // namespace

int run_role(std::string_view name, const std::function<Task<int>(IoContext&, StopSignal&)>& main) {
    std::signal(SIGPIPE, SIG_IGN);
    IoContext io{1};
    StopSignal stop(io);
    asio::signal_set signals(io, SIGTERM, SIGINT);
    on_signals(signals, stop);
    int status = 1;
    asio::co_spawn(io, main(io, stop), [&](std::exception_ptr error, int result) {
        status = result;
        if (error) {
            log_error("role failed", {{"role", name}, {"error", text_of(error)}});
            status = 1;
        }
        io.stop();
    });
    io.run();
    return status;
}

}  // namespace wasmbed
