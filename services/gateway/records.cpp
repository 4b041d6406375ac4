#include "services/gateway/records.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "host/base/log.hpp"
#include "services/gateway/record_database.hpp"

namespace wasmbed::gateway {
namespace {

/// Between attempts while the disk refuses a batch.
constexpr std::chrono::seconds kRetryPause{1};

}  // namespace

bool RecordFilter::matches(const Record& record) const {
    return (ns.empty() || ns == record.ns) && (device.empty() || device == record.device) &&
           (app.empty() || app == record.app) &&
           (kinds.empty() || std::ranges::find(kinds, record.kind) != kinds.end());
}

Task<std::string> RecordFollower::next() {
    while (lines_.empty() && missed_ == 0) co_await arrived_.wait();
    std::string text;
    for (const Line& line : lines_) {
        text += line.body;
        text += '\n';
    }
    lines_.clear();
    if (missed_ != 0) text += R"({"kind":"dropped","reason":"slow reader","count":)" + std::to_string(missed_) + "}\n";
    missed_ = 0;
    co_return text;
}

/// Owns the database and the thread that uses it. Work comes in through `submit` and `append`; results go back as calls
/// posted to the event loop.
class RecordStore::Worker {
  public:
    struct Item {
        Record record;
        std::function<void()> stored;
    };
    using Job = std::function<void(RecordDatabase&)>;
    /// Called on the event loop with what was committed and its ids.
    using Committed = std::function<void(std::vector<Item>, std::vector<std::int64_t>)>;

    Worker(IoContext& loop, RecordDatabase database, const RecordLimits& limits)
        : loop_(loop), database_(std::move(database)), limits_(limits) {}

    ~Worker() {
        {
            const std::lock_guard lock{mutex_};
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
        *alive_ = false;
    }

    void start(Committed committed) {
        committed_ = std::move(committed);
        thread_ = std::thread([this] { run(); });
    }

    bool append(Item item) {
        {
            const std::lock_guard lock{mutex_};
            if (queue_.size() >= limits_.queue_max) return false;
            queue_.push_back(std::move(item));
        }
        wake_.notify_one();
        return true;
    }

    /// Runs `job` on the thread, after everything appended before it has been committed or refused for now.
    void submit(Job job) {
        {
            const std::lock_guard lock{mutex_};
            jobs_.push_back(std::move(job));
        }
        wake_.notify_one();
    }

    /// Calls `function` on the event loop unless the store is gone by then.
    void post(std::function<void()> function) {
        boost::asio::post(loop_, [alive = alive_, function = std::move(function)] {
            if (*alive) function();
        });
    }

  private:
    void run() {
        std::unique_lock lock{mutex_};
        for (;;) {
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty() || !jobs_.empty(); });
            std::vector<Item> batch = take_batch();
            std::deque<Job> jobs;
            if (queue_.empty()) jobs.swap(jobs_);
            const bool last = stopping_;
            lock.unlock();
            bool stored = batch.empty() || commit(batch);
            for (Job& job : jobs) job(database_);
            lock.lock();
            if (!stored) {
                std::move(batch.rbegin(), batch.rend(), std::front_inserter(queue_));
                if (!last) wake_.wait_for(lock, kRetryPause, [this] { return stopping_; });
            }
            if (last && (!stored || (queue_.empty() && jobs_.empty()))) return;
        }
    }

    std::vector<Item> take_batch() {
        const std::size_t size = std::min(queue_.size(), limits_.batch_max);
        std::vector<Item> batch(std::make_move_iterator(queue_.begin()),
                                std::make_move_iterator(queue_.begin() + std::ptrdiff_t(size)));
        queue_.erase(queue_.begin(), queue_.begin() + std::ptrdiff_t(size));
        return batch;
    }

    bool commit(std::vector<Item>& batch) {
        std::vector<const Record*> records;
        for (const Item& item : batch) records.push_back(&item.record);
        auto ids = database_.insert(records);
        if (!ids) {
            if (!failing_) log_error("cannot store records, trying again", {{"error", ids.error().message}});
            failing_ = true;
            return false;
        }
        failing_ = false;
        // A shared_ptr because std::function wants to be copyable; the items are not copied.
        auto done = std::make_shared<std::vector<Item>>(std::move(batch));
        post([this, done, ids = std::move(*ids)] { committed_(std::move(*done), ids); });
        batch.clear();
        return true;
    }

    IoContext& loop_;
    RecordDatabase database_;
    const RecordLimits limits_;
    Committed committed_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Item> queue_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    bool failing_ = false;
    /// Read and written on the event loop's thread only.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::thread thread_;
};

Result<std::unique_ptr<RecordStore>, std::string> RecordStore::open(IoContext& loop, const std::string& path,
                                                                    const RecordLimits& limits) {
    auto database = RecordDatabase::open(path, limits);
    if (!database) {
        return fail("record store " + path + ": " + database.error().message +
                    " (it holds only logs and history: it may be moved away)");
    }
    auto worker = std::make_unique<Worker>(loop, std::move(*database), limits);
    return std::unique_ptr<RecordStore>(new RecordStore(loop, std::move(worker)));
}

RecordStore::RecordStore(IoContext& loop, std::unique_ptr<Worker> worker) : loop_(loop), worker_(std::move(worker)) {
    worker_->start([this](std::vector<Worker::Item> items, const std::vector<std::int64_t>& ids) {
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (ids[i] != 0) hand_on(items[i].record, ids[i]);
            if (items[i].stored) items[i].stored();
        }
    });
}

RecordStore::~RecordStore() = default;

bool RecordStore::append(Record record, std::function<void()> stored) {
    return worker_->append({std::move(record), std::move(stored)});
}

void RecordStore::publish(const Record& record) {
    hand_on(record, 0);
}

void RecordStore::hand_on(const Record& record, std::int64_t id) {
    std::erase_if(followers_, [](const auto& follower) { return follower.expired(); });
    for (const auto& weak : followers_) {
        const auto follower = weak.lock();
        if (!follower->filter_.matches(record) || (id != 0 && id <= follower->seen_id_)) continue;
        if (follower->lines_.size() >= RecordFollower::kLinesMax) {
            ++follower->missed_;
        } else {
            follower->lines_.push_back({id, record.body});
        }
        follower->arrived_.notify_all();
    }
}

namespace {

/// The result of a job on the store's thread, awaited on the event loop.
template <class T>
struct Pending {
    explicit Pending(IoContext& loop) : arrived(loop) {}
    std::optional<T> value;
    Notifier arrived;
};

template <class T>
Task<T> arrival(std::shared_ptr<Pending<T>> pending) {
    while (!pending->value) co_await pending->arrived.wait();
    co_return std::move(*pending->value);
}

using Lines = std::vector<RecordDatabase::Line>;

}  // namespace

Task<std::shared_ptr<RecordFollower>> RecordStore::follow(RecordFilter filter, std::size_t count) {
    auto follower = std::make_shared<RecordFollower>(loop_, filter);
    followers_.push_back(follower);
    auto pending = std::make_shared<Pending<Lines>>(loop_);
    worker_->submit([worker = worker_.get(), filter, count, pending](RecordDatabase& database) {
        auto lines = database.tail(filter, count);
        auto value = std::make_shared<Lines>(lines ? std::move(*lines) : Lines{});
        worker->post([pending, value] {
            pending->value = std::move(*value);
            pending->arrived.notify_all();
        });
    });
    const Lines lines = co_await arrival(pending);
    // What arrived while the tail was read stands behind it, without what is in both.
    const std::int64_t last = lines.empty() ? 0 : lines.back().id;
    std::erase_if(follower->lines_, [last](const auto& line) { return line.id != 0 && line.id <= last; });
    follower->seen_id_ = last;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        follower->lines_.push_front({line->id, line->body});
    }
    co_return follower;
}

Task<std::string> RecordStore::tail(RecordFilter filter, std::size_t count) {
    auto pending = std::make_shared<Pending<std::string>>(loop_);
    worker_->submit([worker = worker_.get(), filter, count, pending](RecordDatabase& database) {
        std::string text;
        if (const auto lines = database.tail(filter, count)) {
            for (const RecordDatabase::Line& line : *lines) text += line.body + "\n";
        }
        worker->post([pending, text] {
            pending->value = text;
            pending->arrived.notify_all();
        });
    });
    co_return co_await arrival(pending);
}

Task<std::uint64_t> RecordStore::stored_seq(std::string device_uid, std::array<std::uint8_t, 8> boot_id) {
    auto pending = std::make_shared<Pending<std::uint64_t>>(loop_);
    worker_->submit([worker = worker_.get(), device_uid, boot_id, pending](RecordDatabase& database) {
        const std::uint64_t seq = database.stored_seq(device_uid, boot_id).value_or(0);
        worker->post([pending, seq] {
            pending->value = seq;
            pending->arrived.notify_all();
        });
    });
    co_return co_await arrival(pending);
}

void RecordStore::forget_device(const std::string& device_uid) {
    worker_->submit([device_uid](RecordDatabase& database) {
        if (const auto done = database.forget_device(device_uid); !done) {
            log_error("cannot remove the records of a deleted device", {{"error", done.error().message}});
        }
    });
}

Task<> RecordStore::flush() {
    auto pending = std::make_shared<Pending<bool>>(loop_);
    worker_->submit([worker = worker_.get(), pending](RecordDatabase&) {
        worker->post([pending] {
            pending->value = true;
            pending->arrived.notify_all();
        });
    });
    co_await arrival(pending);
}

bool RecordStream::append(Record record, std::function<void()> stored) {
    broken_ = broken_ || !store_.append(std::move(record), std::move(stored));
    return !broken_;
}

}  // namespace wasmbed::gateway
