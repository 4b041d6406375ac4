// The tables behind RecordStore. Blocks on the disk; used by one thread at a time.
//
// A commit is one row of the journal, whatever it holds, so it costs a few pages and one fsync. What the journal has is
// in memory too; once that is `pending_bytes_max`, it moves into blocks of one device each, in one transaction. A start
// reads the journal back.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/store/sqlite.hpp"
#include "services/gateway/record_batch.hpp"

namespace wasmbed::gateway {

struct RecordLimits {
    std::int64_t records_per_device_max = 5'000;  ///< besides those of the journal
    std::int64_t boots_per_device_max = 8;        ///< of which the last sequence number is remembered
    std::size_t pending_bytes_max = 4 << 20;      ///< the journal's size at which it moves into blocks
    std::uint64_t file_bytes_max = 512 << 20;     ///< the oldest blocks of all devices go beyond it
    std::size_t queue_bytes_max = 16 << 20;       ///< waiting for the disk; more is refused
    std::size_t batch_bytes_max = 4 << 20;        ///< of one commit
};

using RecordBatchPtr = std::shared_ptr<const RecordBatch>;

class RecordDatabase {
  public:
    static store::StoreResult<RecordDatabase> open(const std::string& path, const RecordLimits& limits);

    /// A batch as it was stored: its first record's id; ids of all records rise in the order they were stored.
    struct Stored {
        RecordBatchPtr batch;  ///< null: all of it was there already
        std::int64_t first_id = 0;
    };
    /// Stores batches in one transaction; what a device sent before is left out.
    store::StoreResult<std::vector<Stored>> insert(std::span<const RecordBatchPtr> batches);

    /// Moves the journal into blocks when it is large enough, and cuts devices and file back to their limits.
    store::StoreResult<void> tidy();

    /// The newest `count` matching lines (JSON, without newline), oldest first.
    store::StoreResult<std::vector<std::string>> tail(const RecordFilter& filter, std::size_t count);
    /// Id of the last record that was stored.
    std::int64_t last_id() const { return next_id_ - 1; }

    store::StoreResult<std::uint64_t> stored_seq(const std::string& device_uid, const proto::BootId& boot_id);
    store::StoreResult<void> forget_device(const std::string& device_uid);
    /// Uids of the devices that have records.
    store::StoreResult<std::vector<std::string>> devices();

  private:
    RecordDatabase(store::Database db, const RecordLimits& limits) : db_(std::move(db)), limits_(limits) {}

    /// Records of one device in the journal, or in a block, where they lie.
    struct Section {
        std::int64_t device = 0;
        std::int64_t first_id = 0;
        WallClock::time_point time{};
        proto::BootId boot{};
        std::uint64_t last_seq = 0;  ///< 0: no stream records
        std::size_t records = 0;
        std::string_view entries{};
        std::string_view whole{};  ///< with its head
    };
    struct Prepared {
        Section section;
        RecordBatchPtr batch;
    };
    using Sources = std::map<std::int64_t, RecordSourcePtr>;
    struct Found;
    struct Search;

    store::StoreResult<void> replay();
    store::StoreResult<void> migrate();
    store::StoreResult<void> migrate_records();
    store::StoreResult<std::int64_t> number_of(RecordSource& source);
    store::StoreResult<std::uint64_t> head_of(std::int64_t device, const proto::BootId& boot);
    store::StoreResult<std::optional<Prepared>> prepare_section(const RecordBatchPtr& batch);
    void forget_what_was_learnt(std::span<const RecordBatchPtr> batches);
    void keep(std::string row);

    static void append_section(std::string& out, const Section& section);
    static bool take_section(std::string_view& rest, Section& section);

    store::StoreResult<void> write_blocks();
    store::StoreResult<void> write_block(std::span<const Section> sections);
    store::StoreResult<void> write_heads();
    store::StoreResult<void> prune_device(std::int64_t device, std::int64_t added);
    store::StoreResult<void> prune_file();
    store::StoreResult<std::int64_t> pragma(const char* name);
    store::StoreResult<void> search_blocks(Search& search, std::optional<std::int64_t> device);
    store::StoreResult<Sources> sources_of(const RecordFilter& filter);

    store::Database db_;
    RecordLimits limits_;
    std::int64_t next_id_ = 1;
    std::int64_t generation_ = 1;       ///< of the next blocks
    std::deque<std::string> pending_;   ///< rows of the journal
    std::set<std::int64_t> forgotten_;  ///< devices whose sections in these count for nothing any more
    std::size_t pending_bytes_ = 0;
    struct Head {
        std::uint64_t seq = 0;
        std::int64_t id = 0;  ///< of a record that moved it: which boot was used last
    };
    std::map<std::pair<std::int64_t, proto::BootId>, Head> pending_heads_;
    std::map<std::int64_t, std::int64_t> added_since_prune_;  ///< by device
};

}  // namespace wasmbed::gateway
