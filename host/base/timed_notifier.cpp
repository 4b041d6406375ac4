#include "host/base/timed_notifier.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace wasmbed {
namespace asio = boost::asio;

void TimedNotifier::notify_all() {
    for (auto& timer : *waiting_) timer.cancel();
}

Task<> TimedNotifier::wait_until(SteadyClock::time_point until) {
    struct Listed {
        std::shared_ptr<Waiting> list;
        Waiting::iterator at;
        ~Listed() { list->erase(at); }
    };
    auto executor = co_await asio::this_coro::executor;
    Listed listed{waiting_, waiting_->emplace(waiting_->end(), executor, until)};
    // notify_all and cancellation both end the wait with operation_aborted; only the latter must unwind the coroutine.
    co_await listed.at->async_wait(asio::as_tuple(asio::use_awaitable));
    auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
}

}  // namespace wasmbed
