#include "host/kube/reconciler.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <random>

#include "host/base/log.hpp"

namespace wasmbed::kube {
namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

ReconcileResult ReconcileResult::retry(const ApiError& error) {
    auto result = retry(error.reason.empty() ? error.message : error.reason + ": " + error.message);
    result.quiet = error.conflict();
    return result;
}

ReconcileResult ReconcileResult::again_at(WallClock::time_point time) {
    // One more millisecond, so that the time has come when the key is looked at.
    auto wait = std::chrono::ceil<std::chrono::milliseconds>(time - WallClock::now()) + std::chrono::milliseconds(1);
    return again_after(std::max(wait, std::chrono::milliseconds(1)));
}

Reconciler::Reconciler(IoContext& io, std::string name, Function reconcile, ReconcilerOptions options)
    : name_(std::move(name)),
      reconcile_(std::move(reconcile)),
      options_(options),
      ready_changed_(io),
      delay_timer_(io, SteadyClock::time_point::max()) {}

void Reconciler::enqueue(const ObjectKey& key) {
    auto& entry = entries_[key];
    if (entry.running) {
        entry.again = true;
        return;
    }
    if (entry.queued) return;
    entry.queued = true;
    ++stats_.adds;
    ready_.push_back(key);
    ready_changed_.notify_all();
}

void Reconciler::enqueue_after(const ObjectKey& key, std::chrono::milliseconds delay) {
    if (delay.count() <= 0) return enqueue(key);
    schedule(key, entries_[key], SteadyClock::now() + delay);
}

void Reconciler::schedule(const ObjectKey& key, Entry& entry, SteadyClock::time_point due) {
    if (entry.due && *entry.due <= due) return;
    if (entry.due) {
        auto [first, last] = delayed_.equal_range(*entry.due);
        delayed_.erase(std::find_if(first, last, [&](const auto& item) { return item.second == key; }));
    }
    entry.due = due;
    bool earliest = delayed_.empty() || due < delayed_.begin()->first;
    delayed_.emplace(due, key);
    if (earliest) delay_timer_.cancel();  // dispatch_delayed looks again
}

std::size_t Reconciler::depth() const {
    return ready_.size() - ready_first_;
}

Task<> Reconciler::run() {
    co_await (dispatch_delayed() && run_workers(options_.workers));
}

Task<> Reconciler::run_workers(int count) {
    if (count <= 1) {
        co_await work();
    } else {
        co_await (work() && run_workers(count - 1));
    }
}

Task<> Reconciler::dispatch_delayed() {
    while (true) {
        auto now = SteadyClock::now();
        while (!delayed_.empty() && delayed_.begin()->first <= now) {
            auto key = delayed_.begin()->second;
            delayed_.erase(delayed_.begin());
            entries_[key].due.reset();
            enqueue(key);
        }
        delay_timer_.expires_at(delayed_.empty() ? SteadyClock::time_point::max() : delayed_.begin()->first);
        co_await delay_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
    }
}

Task<> Reconciler::work() {
    while (true) {
        while (depth() == 0) co_await ready_changed_.wait();
        auto key = ready_[ready_first_++];
        // Forget the consumed front once it is half of the vector: amortised constant per key.
        if (ready_first_ * 2 >= ready_.size()) {
            ready_.erase(ready_.begin(), ready_.begin() + std::ptrdiff_t(ready_first_));
            ready_first_ = 0;
        }
        co_await run_one(std::move(key));
    }
}

Task<> Reconciler::run_one(ObjectKey key) {
    auto& entry = entries_[key];
    entry.queued = false;
    entry.running = true;
    ++active_;
    ReconcileResult result;
    auto began = SteadyClock::now();
    try {
        result = co_await reconcile_(key);
    } catch (const std::exception& e) {
        if (is_cancellation(std::current_exception())) throw;
        result = ReconcileResult::retry(std::string(e.what()));
    }
    --active_;
    count(result, SteadyClock::now() - began);
    finish(key, result);
}

void Reconciler::count(const ReconcileResult& result, SteadyClock::duration took) {
    double seconds = std::chrono::duration<double>(took).count();
    auto bucket = std::ranges::lower_bound(ReconcilerStats::kBounds, seconds) - ReconcilerStats::kBounds.begin();
    ++stats_.durations[std::size_t(bucket)];
    stats_.duration_sum += seconds;
    if (result.failed) {
        ++(result.quiet ? stats_.requeue : stats_.error);
        ++stats_.retries;
    } else {
        ++(result.requeue_after ? stats_.requeue_after : stats_.success);
    }
}

void Reconciler::finish(const ObjectKey& key, const ReconcileResult& result) {
    auto& entry = entries_[key];
    entry.running = false;
    bool again = std::exchange(entry.again, false);
    if (result.failed) {
        log(result.quiet ? Severity::debug : Severity::warn, "reconcile failed, will retry",
            {{"queue", name_}, {"key", key.text()}, {"error", result.message}, {"failures", entry.failures + 1}});
        schedule(key, entry, SteadyClock::now() + backoff(entry.failures++));
    } else {
        entry.failures = 0;
        if (result.requeue_after) schedule(key, entry, SteadyClock::now() + *result.requeue_after);
    }
    if (again) {
        enqueue(key);
    } else if (!entry.due && entry.failures == 0) {
        entries_.erase(key);
    }
}

std::chrono::milliseconds Reconciler::backoff(int failures) const {
    constexpr int kShiftMax = 20;  // beyond it backoff_max holds anyway
    auto delay = options_.backoff_first * (std::int64_t(1) << std::min(failures, kShiftMax));
    auto bounded = std::min<std::int64_t>(delay.count(), options_.backoff_max.count());
    static thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> spread(bounded / 2, bounded);
    return std::chrono::milliseconds(spread(random));
}

}  // namespace wasmbed::kube
