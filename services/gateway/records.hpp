// What devices said and did, kept on disk for a while and handed on live: logs, events, reports, sessions, fetches.
//
// The store is a cache (architecture, "Who holds what"): losing it loses history, nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/task.hpp"

namespace wasmbed::gateway {

/// Place of a record in what a device numbers: one sequence per boot (wire.cddl, `stream`).
struct StreamPosition {
    std::array<std::uint8_t, 8> boot_id{};
    std::uint64_t seq = 0;
};

struct Record {
    std::string ns;          ///< of the Device
    std::string device;      ///< its name
    std::string device_uid;  ///< what bounds and duplicates are counted by
    std::string kind;        ///< log, event, dropped, session, report, fetch, heartbeat
    std::string app;         ///< name of the Application, or empty
    std::string body;        ///< one JSON object without newline (docs/reference/objects.md)
    /// Set for what the device numbers: such a record is stored once however often it arrives.
    std::optional<StreamPosition> position;
};

/// Which records a reader wants; empty members mean "any".
struct RecordFilter {
    std::string ns;
    std::string device;
    std::string app;
    std::vector<std::string> kinds;

    bool matches(const Record& record) const;
};

struct RecordLimits {
    std::int64_t records_per_device_max = 5'000;
    std::int64_t boots_per_device_max = 8;  ///< of which the last sequence number is remembered
    std::size_t queue_max = 50'000;         ///< records waiting for the disk; more are refused
    std::size_t batch_max = 2'000;          ///< records in one transaction
};

/// A reader of live records. One event loop's.
class RecordFollower {
  public:
    RecordFollower(IoContext& loop, RecordFilter filter) : filter_(std::move(filter)), arrived_(loop) {}

    /// The next bodies, one JSON object per line, each with its newline; waits for at least one. When the reader was
    /// too slow, a line of kind `dropped` stands for what it missed.
    Task<std::string> next();

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
    std::int64_t seen_id_ = 0;  ///< lines up to this one were already given by `tail`
    std::uint64_t missed_ = 0;
    Notifier arrived_;
};

/// Appends in batches on a thread of its own; everything is called and called back on the event loop's thread.
class RecordStore {
  public:
    /// Opens or creates the database. Blocks on the disk. The error names the file, the cause and what to do.
    static Result<std::unique_ptr<RecordStore>, std::string> open(IoContext& loop, const std::string& path,
                                                                  const RecordLimits& limits = {});
    ~RecordStore();

    /// Queues a record. `stored` (may be empty) is called once the record, or the one it repeats, is on the disk, and
    /// never if the store is destroyed first. While the disk refuses (full, say), it is tried again for ever.
    /// False: too many are waiting; nothing was queued.
    [[nodiscard]] bool append(Record record, std::function<void()> stored = {});

    /// Hands a record to followers only.
    void publish(const Record& record);

    /// Follows from now on; `tail` older matching lines come first, oldest first. The follower is dropped by destroying
    /// it.
    Task<std::shared_ptr<RecordFollower>> follow(RecordFilter filter, std::size_t tail);

    /// The last `count` matching lines, oldest first, each with its newline.
    Task<std::string> tail(RecordFilter filter, std::size_t count);

    /// The last sequence number of this boot that is on the disk; 0: none.
    Task<std::uint64_t> stored_seq(std::string device_uid, std::array<std::uint8_t, 8> boot_id);

    /// Removes all records of a device that is gone.
    void forget_device(const std::string& device_uid);

    /// Returns when everything appended before is on the disk.
    Task<> flush();

  private:
    class Worker;
    RecordStore(IoContext& loop, std::unique_ptr<Worker> worker);

    void hand_on(const Record& record, std::int64_t id);

    IoContext& loop_;
    std::vector<std::weak_ptr<RecordFollower>> followers_;
    std::unique_ptr<Worker> worker_;
};

/// The numbered records of one session. An Ack covers everything before it, so after a record that was not queued none
/// is: the device must keep them all for its next session.
class RecordStream {
  public:
    explicit RecordStream(RecordStore& store) : store_(store) {}

    /// As RecordStore::append; false also for every record after the first that was not queued.
    [[nodiscard]] bool append(Record record, std::function<void()> stored = {});

  private:
    RecordStore& store_;
    bool broken_ = false;
};

}  // namespace wasmbed::gateway
