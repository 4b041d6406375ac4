// Deadlines of thousands of connections on one timer.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>

namespace wasmbed::gateway {

/// Calls back when a key's time has come. Moving a deadline later, which every frame does, costs an assignment: the
/// queue finds out when the old time comes. Used on one thread.
class Deadlines {
  public:
    using Clock = std::chrono::steady_clock;

    /// State kept by the owner of a deadline; not to be moved while it is set.
    class Entry {
      public:
        explicit Entry(std::function<void()> on_due) : on_due_(std::move(on_due)) {}
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

      private:
        friend class Deadlines;
        std::function<void()> on_due_;
        Clock::time_point due_ = Clock::time_point::max();
        std::multimap<Clock::time_point, Entry*>::iterator place_;
        bool queued_ = false;
    };

    explicit Deadlines(boost::asio::io_context& loop) : timer_(loop) {}

    /// Sets or replaces the deadline of `entry`.
    void set(Entry& entry, Clock::time_point due);
    /// Must be called before `entry` goes.
    void cancel(Entry& entry);

  private:
    void arm();
    void run_due();

    std::multimap<Clock::time_point, Entry*> queue_;
    boost::asio::steady_timer timer_;
    Clock::time_point armed_for_ = Clock::time_point::max();
};

}  // namespace wasmbed::gateway
