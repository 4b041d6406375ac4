// Level-triggered work: a queue of names, and a function that makes the world of one name right.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/base/task.hpp"
#include "host/base/time.hpp"
#include "host/kube/types.hpp"

namespace wasmbed::kube {

/// What a pass over one key ended with.
struct ReconcileResult {
    bool failed = false;                                     ///< try again after the key's backoff
    std::optional<std::chrono::milliseconds> requeue_after;  ///< look again after this time though nothing changes
    std::string message;                                     ///< why it failed, for the log

    static ReconcileResult done() { return {}; }
    static ReconcileResult again_after(std::chrono::milliseconds delay) { return {false, delay, {}}; }
    /// The same, at a time of the wall clock.
    static ReconcileResult again_at(WallClock::time_point time);
    static ReconcileResult retry(std::string why) { return {true, {}, std::move(why)}; }
    /// `retry` for an API error; a conflict is retried without being logged as a failure.
    static ReconcileResult retry(const ApiError& error);
    bool quiet = false;  ///< a failure that is expected (a conflict): logged at debug only
};

struct ReconcilerOptions {
    int workers = 1;  ///< keys that are worked on at once
    std::chrono::milliseconds backoff_first{20};
    std::chrono::milliseconds backoff_max{30'000};
};

/// What a queue did since it started, as controller-runtime counts it.
struct ReconcilerStats {
    /// Upper bounds of the buckets of a pass's duration, seconds.
    static constexpr std::array<double, 8> kBounds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};

    std::uint64_t success = 0;
    std::uint64_t error = 0;          ///< conflicts are none: they count as requeue
    std::uint64_t requeue = 0;        ///< passes that a conflict made void
    std::uint64_t requeue_after = 0;  ///< passes that asked to be called again at a time
    std::uint64_t adds = 0;           ///< keys put into the queue
    std::uint64_t retries = 0;
    std::array<std::uint64_t, kBounds.size() + 1> durations{};
    double duration_sum = 0;  ///< seconds
};

/// Calls `reconcile` for each key that was enqueued. A key that is enqueued many times waits once; a key never runs
/// twice at once: if it is enqueued while it runs, it runs once more afterwards. Failures back off exponentially per
/// key, with jitter; a success resets that. An exception out of `reconcile` counts as failure.
class Reconciler {
  public:
    using Function = std::function<Task<ReconcileResult>(ObjectKey)>;

    Reconciler(IoContext& io, std::string name, Function reconcile, ReconcilerOptions options = {});

    /// Runs the key as soon as a worker is free. Never waits, never fails.
    void enqueue(const ObjectKey& key);
    /// Runs the key after `delay`, or earlier if something enqueues it. The earliest such time counts.
    void enqueue_after(const ObjectKey& key, std::chrono::milliseconds delay);

    /// Runs until cancelled: spawn it in a TaskGroup.
    Task<> run();

    /// Keys that wait for a worker now (delayed ones not counted).
    std::size_t depth() const;
    /// Keys that are being worked on.
    std::size_t active() const { return active_; }
    const std::string& name() const { return name_; }
    const ReconcilerStats& stats() const { return stats_; }

  private:
    struct Entry {
        bool queued = false;  // waits in ready_
        bool running = false;
        bool again = false;  // enqueued while it ran
        int failures = 0;
        std::optional<SteadyClock::time_point> due;  // is in delayed_
    };

    Task<> run_workers(int count);
    Task<> work();
    Task<> dispatch_delayed();
    Task<> run_one(ObjectKey key);
    void finish(const ObjectKey& key, const ReconcileResult& result);
    void count(const ReconcileResult& result, SteadyClock::duration took);
    std::chrono::milliseconds backoff(int failures) const;
    void schedule(const ObjectKey& key, Entry& entry, SteadyClock::time_point due);

    std::string name_;
    Function reconcile_;
    ReconcilerOptions options_;
    std::map<ObjectKey, Entry> entries_;
    std::vector<ObjectKey> ready_;  // used as a FIFO from ready_first_
    std::size_t ready_first_ = 0;
    std::multimap<SteadyClock::time_point, ObjectKey> delayed_;
    Notifier ready_changed_;
    boost::asio::steady_timer delay_timer_;
    std::size_t active_ = 0;
    ReconcilerStats stats_;
};

}  // namespace wasmbed::kube
