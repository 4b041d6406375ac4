// The tables behind RecordStore. Blocks on the disk; used by one thread at a time.
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/store/sqlite.hpp"
#include "services/gateway/records.hpp"

namespace wasmbed::gateway {

class RecordDatabase {
  public:
    static store::StoreResult<RecordDatabase> open(const std::string& path, const RecordLimits& limits);

    /// Stores a batch in one transaction. Gives each record's id; 0 for one that was there already.
    store::StoreResult<std::vector<std::int64_t>> insert(std::span<const Record* const> batch);

    struct Line {
        std::int64_t id;
        std::string body;
    };
    /// The newest `count` matching lines, oldest first.
    store::StoreResult<std::vector<Line>> tail(const RecordFilter& filter, std::size_t count);

    store::StoreResult<std::uint64_t> stored_seq(const std::string& device_uid, Bytes boot_id);
    store::StoreResult<void> forget_device(const std::string& device_uid);

  private:
    RecordDatabase(store::Database db, const RecordLimits& limits) : db_(std::move(db)), limits_(limits) {}

    /// Last sequence number of each stream (device uid, boot) that a batch touches.
    struct Head {
        std::uint64_t seq = 0;
        bool moved = false;
    };
    using Heads = std::map<std::pair<std::string, std::array<std::uint8_t, 8>>, Head>;

    store::StoreResult<bool> advance(Heads& heads, const Record& record);
    store::StoreResult<void> write_heads(const Heads& heads);
    store::StoreResult<void> prune(const std::string& device_uid);

    store::Database db_;
    RecordLimits limits_;
    std::map<std::string, std::int64_t> inserted_since_prune_;  ///< by device uid
};

}  // namespace wasmbed::gateway
