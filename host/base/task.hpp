// The coroutine vocabulary of the host side: Task, the event loop, and the waits that every role needs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>

namespace wasmbed {

/// A lazily started coroutine. It starts when awaited or spawned, and runs on the event loop it was started on.
/// Cancellation (TaskGroup::cancel) surfaces as an exception out of `co_await`; let it unwind, do not catch it for
/// good.
template <class T = void>
using Task = boost::asio::awaitable<T>;

/// The event loop. One thread runs it; everything here is to be used on that thread unless it says otherwise.
using IoContext = boost::asio::io_context;

using SteadyClock = std::chrono::steady_clock;

/// What every call that may wait on the network takes along. Cancellation is not in here: it travels with the
/// coroutine itself (a cancelled TaskGroup interrupts the innermost wait).
struct OpContext {
    /// The call returns a timeout error at this time at the latest.
    SteadyClock::time_point deadline;

    /// A context whose deadline is `limit` from now.
    static OpContext within(SteadyClock::duration limit) { return {SteadyClock::now() + limit}; }

    /// Time left, never negative.
    SteadyClock::duration remaining() const {
        auto left = deadline - SteadyClock::now();
        return left.count() > 0 ? left : SteadyClock::duration::zero();
    }
};

/// True if what was thrown is cancellation: of one wait, or of several that were awaited side by side.
bool is_cancellation(const std::exception_ptr& error);

/// Waits for `duration`; ends early only by cancellation.
Task<> sleep_for(SteadyClock::duration duration);

/// Moves the coroutine to the end of the event loop's queue, so that a long computation in parts starves nobody.
Task<> yield_to_others();

/// A condition that coroutines of one event loop wait for. Not thread-safe.
class Notifier {
  public:
    explicit Notifier(IoContext& io) : timer_(io) { timer_.expires_at(SteadyClock::time_point::max()); }

    /// Wakes every coroutine that waits now. Check the condition in a loop: waking says only "look again".
    void notify_all() { timer_.cancel(); }

    /// Waits for the next `notify_all`.
    Task<> wait();

  private:
    boost::asio::steady_timer timer_;
};

}  // namespace wasmbed
