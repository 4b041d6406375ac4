// A condition with a time limit for each that waits, for when a thousand do.
#pragma once

#include <list>
#include <memory>

#include "host/base/task.hpp"

namespace wasmbed {

/// As `Notifier`, and cheaper than waiting for one beside a timer: each waiting coroutine has one timer, which
/// `notify_all` ends early. Not thread-safe. Coroutines may outlive it: they then wait for their time.
class TimedNotifier {
  public:
    /// Wakes every coroutine that waits now. Check the condition in a loop: waking says only "look again".
    void notify_all();

    /// Waits for the next `notify_all`, or until `until`. Ends early, with an exception, only by cancellation.
    Task<> wait_until(SteadyClock::time_point until);

  private:
    using Waiting = std::list<boost::asio::steady_timer>;
    std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace wasmbed
