#include "services/gateway/record_database.hpp"

#include <algorithm>
#include <set>

namespace wasmbed::gateway {
namespace {

using store::Database;
using store::Statement;
using store::StoreError;
using store::StoreResult;

constexpr std::int64_t kSchemaVersion = 1;

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS records (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns TEXT NOT NULL, device TEXT NOT NULL, device_uid TEXT NOT NULL,
  kind TEXT NOT NULL, app TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS records_by_device ON records (ns, device, id);
CREATE INDEX IF NOT EXISTS records_by_app ON records (ns, app, id);
CREATE INDEX IF NOT EXISTS records_by_uid ON records (device_uid, id);
CREATE TABLE IF NOT EXISTS streams (
  device_uid TEXT NOT NULL, boot_id BLOB NOT NULL, seq INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (device_uid, boot_id)) WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";

/// A device is cut back to its limit when it is over it by this part.
constexpr std::int64_t kPruneSlack = 10;

}  // namespace

StoreResult<RecordDatabase> RecordDatabase::open(const std::string& path, const RecordLimits& limits) {
    auto db = Database::open(path);
    if (!db) return fail(db.error());
    auto version = db->prepare("PRAGMA user_version");
    if (!version) return fail(version.error());
    if (auto row = version->step(); !row) return fail(row.error());
    if (version->integer(0) > kSchemaVersion) {
        return fail(StoreError{0, path + " was written by a newer wasmbed; use that one, or move the file away"});
    }
    version->reset();
    if (auto made = db->execute(kSchema); !made) return fail(made.error());
    return RecordDatabase{std::move(*db), limits};
}

StoreResult<std::vector<std::int64_t>> RecordDatabase::insert(std::span<const Record* const> batch) {
    auto transaction = store::Transaction::begin(db_);
    if (!transaction) return fail(transaction.error());
    auto insert =
        db_.prepare("INSERT INTO records (ns, device, device_uid, kind, app, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert) return fail(insert.error());
    std::vector<std::int64_t> ids;
    std::set<std::string> touched;
    Heads heads;
    for (const Record* record : batch) {
        if (record->position) {
            const auto fresh = advance(heads, *record);
            if (!fresh) return fail(fresh.error());
            if (!*fresh) {
                ids.push_back(0);
                continue;
            }
        }
        insert->bind(1, record->ns).bind(2, record->device).bind(3, record->device_uid);
        insert->bind(4, record->kind).bind(5, record->app).bind(6, record->body);
        if (auto done = insert->run(); !done) return fail(done.error());
        ids.push_back(db_.last_insert_rowid());
        ++inserted_since_prune_[record->device_uid];
        touched.insert(record->device_uid);
    }
    if (auto done = write_heads(heads); !done) return fail(done.error());
    for (const std::string& uid : touched) {
        if (auto done = prune(uid); !done) return fail(done.error());
    }
    if (auto done = transaction->commit(); !done) return fail(done.error());
    return ids;
}

/// Moves the stream of a record forward in `heads`; false when the record is not ahead of it.
StoreResult<bool> RecordDatabase::advance(Heads& heads, const Record& record) {
    const auto [head, unknown] = heads.try_emplace({record.device_uid, record.position->boot_id});
    if (unknown) {
        const auto stored = stored_seq(record.device_uid, record.position->boot_id);
        if (!stored) return fail(stored.error());
        head->second.seq = *stored;
    }
    if (record.position->seq <= head->second.seq) return false;
    head->second = {record.position->seq, true};
    return true;
}

/// One write for each stream of a batch, however many records it had.
StoreResult<void> RecordDatabase::write_heads(const Heads& heads) {
    auto upsert = db_.prepare(
        "INSERT INTO streams (device_uid, boot_id, seq, used) VALUES (?1, ?2, ?3, unixepoch()) "
        "ON CONFLICT DO UPDATE SET seq = excluded.seq, used = excluded.used");
    if (!upsert) return fail(upsert.error());
    for (const auto& [stream, head] : heads) {
        if (!head.moved) continue;
        upsert->bind(1, stream.first).bind(2, Bytes{stream.second}).bind(3, std::int64_t(head.seq));
        if (auto done = upsert->run(); !done) return done;
    }
    return {};
}

StoreResult<void> RecordDatabase::prune(const std::string& device_uid) {
    std::int64_t& inserted = inserted_since_prune_[device_uid];
    if (inserted <= limits_.records_per_device_max / kPruneSlack) return {};
    inserted = 0;
    auto records = db_.prepare(
        "DELETE FROM records WHERE device_uid = ?1 AND id <= (SELECT id FROM records WHERE device_uid = ?1 "
        "ORDER BY id DESC LIMIT 1 OFFSET ?2)");
    if (!records) return fail(records.error());
    records->bind(1, device_uid).bind(2, limits_.records_per_device_max);
    if (auto done = records->run(); !done) return done;
    auto streams = db_.prepare(
        "DELETE FROM streams WHERE device_uid = ?1 AND boot_id NOT IN (SELECT boot_id FROM streams "
        "WHERE device_uid = ?1 ORDER BY used DESC LIMIT ?2)");
    if (!streams) return fail(streams.error());
    streams->bind(1, device_uid).bind(2, limits_.boots_per_device_max);
    return streams->run();
}

StoreResult<std::vector<RecordDatabase::Line>> RecordDatabase::tail(const RecordFilter& filter, std::size_t count) {
    std::string sql = "SELECT id, body FROM records WHERE 1";
    if (!filter.ns.empty()) sql += " AND ns = ?1";
    if (!filter.device.empty()) sql += " AND device = ?2";
    if (!filter.app.empty()) sql += " AND app = ?3";
    for (std::size_t i = 0; i < filter.kinds.size(); ++i) {
        sql += (i == 0 ? " AND kind IN (?" : ", ?") + std::to_string(i + 5);
    }
    if (!filter.kinds.empty()) sql += ")";
    sql += " ORDER BY id DESC LIMIT ?4";
    auto select = db_.prepare(sql);
    if (!select) return fail(select.error());
    if (!filter.ns.empty()) select->bind(1, filter.ns);
    if (!filter.device.empty()) select->bind(2, filter.device);
    if (!filter.app.empty()) select->bind(3, filter.app);
    select->bind(4, std::int64_t(count));
    for (std::size_t i = 0; i < filter.kinds.size(); ++i) select->bind(int(i) + 5, filter.kinds[i]);

    std::vector<Line> lines;
    for (;;) {
        const auto row = select->step();
        if (!row) return fail(row.error());
        if (!*row) break;
        lines.push_back({select->integer(0), std::string(select->text(1))});
    }
    std::ranges::reverse(lines);
    return lines;
}

StoreResult<std::uint64_t> RecordDatabase::stored_seq(const std::string& device_uid, Bytes boot_id) {
    auto select = db_.prepare("SELECT seq FROM streams WHERE device_uid = ?1 AND boot_id = ?2");
    if (!select) return fail(select.error());
    const auto row = select->bind(1, device_uid).bind(2, boot_id).step();
    if (!row) return fail(row.error());
    return *row ? std::uint64_t(select->integer(0)) : 0;
}

StoreResult<void> RecordDatabase::forget_device(const std::string& device_uid) {
    inserted_since_prune_.erase(device_uid);
    for (const char* table : {"records", "streams"}) {
        auto remove = db_.prepare(std::string("DELETE FROM ") + table + " WHERE device_uid = ?1");
        if (!remove) return fail(remove.error());
        if (auto done = remove->bind(1, device_uid).run(); !done) return done;
    }
    return {};
}

}  // namespace wasmbed::gateway
