#include "services/gateway/record_worker.hpp"

#include <algorithm>
#include <chrono>

#include "host/base/log.hpp"

namespace wasmbed::gateway {
namespace {

/// Between attempts while the disk refuses a batch.
constexpr std::chrono::seconds kRetryPause{1};
/// Between the beginnings of two commits. A commit costs the processor as much for one record as for hundreds, so a
/// stream of records goes to the disk in steps, and what comes after a pause at once.
constexpr std::chrono::milliseconds kCommitSpacing{1};
/// How long history waits that nobody waits for: sessions that come and go in thousands are few commits then.
constexpr std::chrono::milliseconds kHistoryDelay{100};
/// What a batch costs in the queue besides its content, bytes.
constexpr std::size_t kItemBytes = 128;

}  // namespace

RecordStore::Worker::~Worker() {
    hand_over();
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    *alive_ = false;
}

void RecordStore::Worker::start(Committed committed) {
    committed_ = std::move(committed);
    thread_ = std::thread([this] { run(); });
}

bool RecordStore::Worker::append(Item item) {
    const std::size_t bytes = item.batch->bytes() + kItemBytes;
    {
        const std::lock_guard lock{mutex_};
        if (queue_bytes_ + bytes > limits_.queue_bytes_max) return false;
        queue_bytes_ += bytes;
    }
    gathered_.push_back(std::move(item));
    if (!hand_over_posted_) {
        hand_over_posted_ = true;
        post([this] { hand_over(); });
    }
    return true;
}

void RecordStore::Worker::hand_over() {
    hand_over_posted_ = false;
    if (gathered_.empty()) return;
    const bool urgent = std::ranges::any_of(gathered_, [](const Item& item) { return bool(item.stored); });
    bool wake = false;
    {
        const std::lock_guard lock{mutex_};
        wake = (urgent && !urgent_) || queue_.empty();
        if (queue_.empty()) queued_at_ = SteadyClock::now();
        urgent_ = urgent_ || urgent;
        std::ranges::move(gathered_, std::back_inserter(queue_));
    }
    gathered_.clear();
    if (wake) wake_.notify_one();
}

void RecordStore::Worker::submit(Job job, After after) {
    hand_over();
    {
        const std::lock_guard lock{mutex_};
        jobs_.push_back(std::move(job));
        if (after == After::everything) urgent_ = true;
    }
    wake_.notify_one();
}

void RecordStore::Worker::post(std::function<void()> function) {
    boost::asio::post(loop_, [alive = alive_, function = std::move(function)] {
        if (*alive) function();
    });
}

void RecordStore::Worker::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto asked = [this] { return stopping_ || urgent_ || !jobs_.empty(); };
    while (!asked()) {
        if (queue_.empty()) {
            wake_.wait(lock);
        } else if (wake_.wait_until(lock, queued_at_ + kHistoryDelay) == std::cv_status::timeout) {
            urgent_ = true;
        }
    }
    const auto next = committed_at_ + kCommitSpacing;
    if (urgent_ && next > SteadyClock::now()) {
        wake_.wait_until(lock, next, [this] { return stopping_ || !jobs_.empty(); });
    }
}

void RecordStore::Worker::run() {
    std::unique_lock lock{mutex_};
    for (;;) {
        wait_for_work(lock);
        std::vector<Item> items;
        if (urgent_ || stopping_) items = take_batch();
        std::deque<Job> jobs;
        if (!urgent_) jobs.swap(jobs_);
        const bool last = stopping_;
        lock.unlock();
        const bool stored = items.empty() || commit(items);
        for (Job& job : jobs) job(database_);
        if (stored) tidy();
        lock.lock();
        if (!stored) put_back(items);
        if (!stored && !last) wake_.wait_for(lock, kRetryPause, [this] { return stopping_; });
        if (last && (!stored || (queue_.empty() && jobs_.empty()))) return;
    }
}

std::vector<RecordStore::Worker::Item> RecordStore::Worker::take_batch() {
    std::vector<Item> items;
    std::size_t bytes = 0;
    while (!queue_.empty() && bytes < limits_.batch_bytes_max) {
        bytes += queue_.front().batch->bytes() + kItemBytes;
        items.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    queue_bytes_ -= bytes;
    if (queue_.empty()) urgent_ = false;
    return items;
}

/// What the disk refused is tried again before everything else.
void RecordStore::Worker::put_back(std::vector<Item>& items) {
    for (const Item& item : items) queue_bytes_ += item.batch->bytes() + kItemBytes;
    std::move(items.rbegin(), items.rend(), std::front_inserter(queue_));
    urgent_ = true;
}

bool RecordStore::Worker::commit(std::vector<Item>& items) {
    committed_at_ = SteadyClock::now();
    std::vector<RecordBatchPtr> batches;
    batches.reserve(items.size());
    for (const Item& item : items) batches.push_back(item.batch);
    auto stored = database_.insert(batches);
    tell(stored ? store::StoreResult<void>{} : fail(stored.error()));
    if (!stored) return false;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if ((*stored)[i].batch) items[i].batch = (*stored)[i].batch;
        items[i].first_id = (*stored)[i].first_id;
    }
    // A shared_ptr because std::function wants to be copyable; the items are not copied.
    auto done = std::make_shared<std::vector<Item>>(std::move(items));
    post([this, done] { committed_(std::move(*done)); });
    items.clear();
    return true;
}

/// What cannot be moved out of the journal now stays in it, and in memory, until the next time.
void RecordStore::Worker::tidy() {
    tell(database_.tidy());
}

void RecordStore::Worker::tell(const store::StoreResult<void>& outcome) {
    if (!outcome && !failing_) log_error("cannot store records, trying again", {{"error", outcome.error().message}});
    failing_ = !outcome;
}

}  // namespace wasmbed::gateway
