// The thread behind RecordStore: group commit, and questions to the database in between.
#pragma once

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "services/gateway/records.hpp"

namespace wasmbed::gateway {

/// Owns the database and the thread that uses it. Batches are gathered on the event loop and handed over once a turn;
/// what comes while a commit runs goes with the next one.
class RecordStore::Worker {
  public:
    struct Item {
        RecordBatchPtr batch;
        std::function<void()> stored;
        std::int64_t first_id = 0;  ///< of what was stored of it; 0: nothing was new
    };
    using Job = std::function<void(RecordDatabase&)>;
    /// What of the queue is on the disk before a job runs.
    enum class After : std::uint8_t { promised, everything };
    /// Called on the event loop with what was committed.
    using Committed = std::function<void(std::vector<Item>)>;

    Worker(IoContext& loop, RecordDatabase database, const RecordLimits& limits)
        : loop_(loop), database_(std::move(database)), limits_(limits) {}
    ~Worker();

    void start(Committed committed);

    /// An item with `stored` goes to the disk as soon as it can, one without within kHistoryDelay.
    bool append(Item item);
    /// Runs `job` on the thread, after what was appended before it (without `everything`: what somebody waits for) has
    /// been committed or refused for now.
    void submit(Job job, After after = After::everything);
    /// Calls `function` on the event loop unless the store is gone by then.
    void post(std::function<void()> function);

  private:
    void hand_over();
    void run();
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    std::vector<Item> take_batch();
    void put_back(std::vector<Item>& items);
    bool commit(std::vector<Item>& items);
    void tidy();
    void tell(const store::StoreResult<void>& outcome);

    IoContext& loop_;
    RecordDatabase database_;
    const RecordLimits limits_;
    Committed committed_;

    // The event loop's.
    std::vector<Item> gathered_;
    bool hand_over_posted_ = false;
    /// Read and written on the event loop's thread only.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Item> queue_;
    std::size_t queue_bytes_ = 0;        ///< of `queue_` and `gathered_`
    bool urgent_ = false;                ///< somebody waits for what is in `queue_`
    SteadyClock::time_point queued_at_;  ///< when `queue_` began
    std::deque<Job> jobs_;
    bool stopping_ = false;

    // The worker's.
    bool failing_ = false;
    SteadyClock::time_point committed_at_{};
    std::thread thread_;
};

}  // namespace wasmbed::gateway
