// What devices said and did, kept on disk for a while and handed on live: logs, events, reports, sessions, fetches.
//
// The store is a cache (architecture, "Who holds what"): losing it loses history, nothing else.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/task.hpp"
#include "services/gateway/record_database.hpp"

namespace wasmbed::gateway {

/// A reader of live records. One event loop's.
class RecordFollower {
  public:
    RecordFollower(IoContext& loop, RecordFilter filter) : filter_(std::move(filter)), arrived_(loop) {}

    /// The next lines, one JSON object each, each with its newline; waits for at least one, or for `nudge`: then it may
    /// be empty. When the reader was too slow, a line of kind `dropped` stands for what it missed.
    Task<std::string> next();
    /// Ends a wait of `next`.
    void nudge();

    /// A reader further behind than this loses lines.
    static constexpr std::size_t kLinesMax = 2'000;

  private:
    friend class RecordStore;
    struct Line {
        std::int64_t id;  ///< 0: was not stored
        std::string body;
    };

    RecordFilter filter_;
    std::deque<Line> lines_;
    std::int64_t seen_id_ = 0;  ///< records up to this one were already given by the history
    std::uint64_t missed_ = 0;
    bool nudged_ = false;
    Notifier arrived_;
};

/// Stores batches in groups, on a thread of its own; everything is called and called back on the event loop's thread.
class RecordStore {
  public:
    /// Opens or creates the database. Blocks on the disk. The error names the file, the cause and what to do.
    static Result<std::unique_ptr<RecordStore>, std::string> open(IoContext& loop, const std::string& path,
                                                                  const RecordLimits& limits = {});
    ~RecordStore();

    /// Queues a batch; it goes to the disk at the end of this turn of the event loop, with all others of the turn, or
    /// within 100 ms when nobody waits for it (`stored` is empty). `stored` is called once its records, or those they
    /// repeat, are on the disk, and never if the store is destroyed first. While the disk refuses (full, say), it is
    /// tried again for ever.
    /// False: too much is waiting; nothing was queued.
    [[nodiscard]] bool append(RecordBatch batch, std::function<void()> stored = {});

    /// Hands a batch to followers only.
    void publish(const RecordBatch& batch);
    /// Whether anyone follows now: making what would only be published can be left out otherwise.
    bool followed() const { return !followers_.empty(); }

    /// Follows from now on; `tail` older matching lines come first, oldest first. The follower is dropped by destroying
    /// it.
    Task<std::shared_ptr<RecordFollower>> follow(RecordFilter filter, std::size_t tail);

    /// The last `count` matching lines, oldest first, each with its newline.
    Task<std::string> tail(RecordFilter filter, std::size_t count);

    /// The last sequence number of this boot that is on the disk; 0: none.
    Task<std::uint64_t> stored_seq(std::string device_uid, proto::BootId boot_id);

    /// Removes all records of a device that is gone.
    void forget_device(const std::string& device_uid);
    /// Uids of the devices that have records.
    Task<std::vector<std::string>> devices();

    /// Returns when everything appended before is on the disk.
    Task<> flush();

  private:
    class Worker;
    RecordStore(IoContext& loop, std::unique_ptr<Worker> worker);

    void hand_on(const RecordBatch& batch, std::int64_t first_id);
    template <class T>
    Task<T> ask(std::function<T(RecordDatabase&)> question, bool after_everything = true);

    IoContext& loop_;
    std::vector<std::weak_ptr<RecordFollower>> followers_;
    std::unique_ptr<Worker> worker_;
};

}  // namespace wasmbed::gateway
