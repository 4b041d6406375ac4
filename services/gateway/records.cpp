#include "services/gateway/records.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "services/gateway/record_worker.hpp"

namespace wasmbed::gateway {

Task<std::string> RecordFollower::next() {
    while (lines_.empty() && missed_ == 0 && !nudged_) co_await arrived_.wait();
    nudged_ = false;
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

void RecordFollower::nudge() {
    nudged_ = true;
    arrived_.notify_all();
}

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
    worker_->start([this](const std::vector<Worker::Item>& items) {
        for (const Worker::Item& item : items) {
            if (item.first_id != 0) hand_on(*item.batch, item.first_id);
            if (item.stored) item.stored();
        }
    });
}

RecordStore::~RecordStore() = default;

bool RecordStore::append(RecordBatch batch, std::function<void()> stored) {
    return worker_->append({std::make_shared<const RecordBatch>(std::move(batch)), std::move(stored)});
}

void RecordStore::publish(const RecordBatch& batch) {
    hand_on(batch, 0);
}

void RecordStore::hand_on(const RecordBatch& batch, std::int64_t first_id) {
    if (followers_.empty()) return;
    std::erase_if(followers_, [](const auto& follower) { return follower.expired(); });
    for (const auto& weak : followers_) {
        const auto follower = weak.lock();
        if (!follower->filter_.matches(*batch.source()) || !follower->filter_.matches(batch.time())) continue;
        std::int64_t id = first_id;
        batch.each([&](const RecordEntry& entry) {
            const std::int64_t own = first_id == 0 ? 0 : id++;
            if (!follower->filter_.matches(entry.kind, entry.app) || (own != 0 && own <= follower->seen_id_)) return;
            if (follower->lines_.size() >= RecordFollower::kLinesMax) {
                ++follower->missed_;
            } else {
                follower->lines_.push_back({own, batch.to_json(entry)});
            }
            follower->arrived_.notify_all();
        });
    }
}

/// The answer of the store's thread, given once everything appended before is on the disk, or else what somebody waits
/// for.
template <class T>
Task<T> RecordStore::ask(std::function<T(RecordDatabase&)> question, bool after_everything) {
    struct Pending {
        explicit Pending(IoContext& loop) : arrived(loop) {}
        std::optional<T> value;
        Notifier arrived;
    };
    const auto pending = std::make_shared<Pending>(loop_);
    worker_->submit(
        [worker = worker_.get(), question = std::move(question), pending](RecordDatabase& database) {
            auto value = std::make_shared<T>(question(database));
            worker->post([pending, value] {
                pending->value = std::move(*value);
                pending->arrived.notify_all();
            });
        },
        after_everything ? Worker::After::everything : Worker::After::promised);
    while (!pending->value) co_await pending->arrived.wait();
    co_return std::move(*pending->value);
}

namespace {

struct History {
    std::vector<std::string> lines;
    std::int64_t last_id = 0;  ///< the newest record there was when it was read
};

History history(RecordDatabase& database, const RecordFilter& filter, std::size_t count) {
    History found{.lines = {}, .last_id = database.last_id()};
    auto lines = database.tail(filter, count);
    if (!lines) log_error("cannot read records", {{"error", lines.error().message}});
    if (lines) found.lines = std::move(*lines);
    return found;
}

}  // namespace

Task<std::shared_ptr<RecordFollower>> RecordStore::follow(RecordFilter filter, std::size_t count) {
    auto follower = std::make_shared<RecordFollower>(loop_, filter);
    followers_.push_back(follower);
    const std::function<History(RecordDatabase&)> question = [filter, count](RecordDatabase& database) {
        return history(database, filter, count);
    };
    const History past = co_await ask(question);
    // What arrived while the history was read stands behind it, without what is in both.
    std::erase_if(follower->lines_, [&past](const auto& line) { return line.id != 0 && line.id <= past.last_id; });
    follower->seen_id_ = past.last_id;
    for (auto line = past.lines.rbegin(); line != past.lines.rend(); ++line) follower->lines_.push_front({0, *line});
    co_return follower;
}

Task<std::string> RecordStore::tail(RecordFilter filter, std::size_t count) {
    const std::function<History(RecordDatabase&)> question = [filter, count](RecordDatabase& database) {
        return history(database, filter, count);
    };
    const History past = co_await ask(question);
    std::string text;
    for (const std::string& line : past.lines) text += line + "\n";
    co_return text;
}

Task<std::uint64_t> RecordStore::stored_seq(std::string device_uid, proto::BootId boot_id) {
    const std::function<std::uint64_t(RecordDatabase&)> question = [device_uid, boot_id](RecordDatabase& database) {
        return database.stored_seq(device_uid, boot_id).value_or(0);
    };
    co_return co_await ask(question, false);
}

Task<std::vector<std::string>> RecordStore::devices() {
    const std::function<std::vector<std::string>(RecordDatabase&)> question = [](RecordDatabase& database) {
        auto uids = database.devices();
        if (!uids) log_error("cannot read whose records there are", {{"error", uids.error().message}});
        return uids ? std::move(*uids) : std::vector<std::string>{};
    };
    co_return co_await ask(question);
}

void RecordStore::forget_device(const std::string& device_uid) {
    worker_->submit([device_uid](RecordDatabase& database) {
        if (const auto done = database.forget_device(device_uid); !done) {
            log_error("cannot remove the records of a deleted device", {{"error", done.error().message}});
        }
    });
}

Task<> RecordStore::flush() {
    const std::function<bool(RecordDatabase&)> question = [](RecordDatabase&) { return true; };
    co_await ask(question);
}

}  // namespace wasmbed::gateway
