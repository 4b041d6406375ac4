#include "host/process/wait.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <system_error>

namespace wasmbed {

namespace asio = boost::asio;

Task<> wait_readable(int fd) {
    auto executor = co_await asio::this_coro::executor;
    // Asio owns what it watches: give it a duplicate.
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) throw std::system_error(errno, std::generic_category(), "cannot watch a descriptor");
    asio::posix::stream_descriptor descriptor(executor, copy);
    boost::system::error_code error;
    co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                   asio::redirect_error(asio::use_awaitable, error));
    // epoll takes no regular files and no /dev/null: a read of those never waits.
    if (error && error != asio::error::operation_not_supported) throw boost::system::system_error(error);
}

Task<ExitStatus> wait_for_exit(Child& child) {
    ExitStatus status;
    while (!child.try_reap(&status)) co_await wait_readable(child.pidfd());
    co_return status;
}

namespace {

Task<> keep_exception(Task<> work, std::exception_ptr& error) {
    try {
        co_await std::move(work);
    } catch (...) {
        error = std::current_exception();
    }
}

Task<> reap(Child& child) {
    co_await wait_for_exit(child);
}

}  // namespace

Task<bool> finish_by(Task<> work, SteadyClock::time_point deadline) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
    std::exception_ptr error;
    // `||` waits for the first success and takes a failure for a reason to wait on: so failures are carried past it.
    const auto first = co_await (keep_exception(std::move(work), error) || timer.async_wait(asio::use_awaitable));
    if (first.index() != 0) co_return false;
    if (error) std::rethrow_exception(error);
    co_return true;
}

Task<bool> wait_for_exit(Child& child, SteadyClock::duration limit) {
    co_return co_await finish_by(reap(child), SteadyClock::now() + limit);
}

Task<> end_child(Child& child, SteadyClock::duration grace) {
    if (!child) co_return;
    if (grace > SteadyClock::duration::zero()) {
        child.signal(SIGTERM);
        const bool ended = co_await wait_for_exit(child, grace);
        if (ended) co_return;
    }
    child.signal(SIGKILL);
    co_await wait_for_exit(child);
}

}  // namespace wasmbed
