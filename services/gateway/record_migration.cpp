// Version 1 of the record store had a row for each record; this makes blocks of them.
#include "host/base/json.hpp"
#include "services/gateway/record_database.hpp"

namespace wasmbed::gateway {
namespace {

using store::StoreResult;

constexpr const char* kSetAside = R"sql(
ALTER TABLE records RENAME TO old_records;
ALTER TABLE streams RENAME TO old_streams;
CREATE TABLE devices (
  number INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, ns TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE journal (id INTEGER PRIMARY KEY, sections BLOB NOT NULL);
CREATE TABLE blocks (
  id INTEGER PRIMARY KEY, device INTEGER NOT NULL, generation INTEGER NOT NULL, last_id INTEGER NOT NULL,
  records INTEGER NOT NULL, kinds INTEGER NOT NULL, apps TEXT NOT NULL, sections BLOB NOT NULL);
CREATE INDEX blocks_by_device ON blocks (device, id);
CREATE TABLE streams (
  device INTEGER NOT NULL, boot_id BLOB NOT NULL, seq INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (device, boot_id)) WITHOUT ROWID;
INSERT INTO devices (uid, ns, name) SELECT device_uid, max(ns), max(device) FROM old_records GROUP BY device_uid;
INSERT INTO devices (uid, ns, name) SELECT DISTINCT device_uid, '', '' FROM old_streams
  WHERE device_uid NOT IN (SELECT uid FROM devices);
INSERT INTO streams SELECT number, boot_id, seq, 0 FROM old_streams JOIN devices ON uid = device_uid;
)sql";

constexpr const char* kThrowAway = R"sql(
DROP TABLE old_records;
DROP TABLE old_streams;
PRAGMA user_version = 2;
)sql";

/// Members that every line has; they are made when it is read.
constexpr std::string_view kCommon[] = {"time", "device", "kind"};

}  // namespace

StoreResult<void> RecordDatabase::migrate() {
    auto transaction = store::Transaction::begin(db_);
    if (!transaction) return fail(transaction.error());
    if (auto done = db_.execute(kSetAside); !done) return done;
    if (auto done = migrate_records(); !done) return done;
    if (auto done = write_blocks(); !done) return done;
    if (auto done = db_.execute(kThrowAway); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    pending_.clear();
    pending_bytes_ = 0;
    return {};
}

/// Each old row becomes a section, because each has its own time.
StoreResult<void> RecordDatabase::migrate_records() {
    auto rows = db_.prepare(
        "SELECT r.id, d.number, d.ns, d.name, d.uid, r.kind, r.app, r.body FROM old_records r "
        "JOIN devices d ON d.uid = r.device_uid ORDER BY d.number, r.id");
    if (!rows) return fail(rows.error());
    RecordSourcePtr source;
    std::int64_t of = 0;
    for (;;) {
        const auto row = rows->step();
        if (!row) return fail(row.error());
        if (!*row) return {};
        const auto kind = record_kind_of(rows->text(5));
        auto body = parse_json(rows->text(7));
        if (!kind || !body || !body->is_object()) continue;
        if (rows->integer(1) != of) {
            of = rows->integer(1);
            source = std::make_shared<RecordSource>(std::string(rows->text(2)), std::string(rows->text(3)),
                                                    std::string(rows->text(4)));
        }
        const auto time = parse_rfc3339(json_string(*body, {"time"})).value_or(WallClock::time_point{});
        for (const std::string_view name : kCommon) body->as_object().erase(name);
        RecordBatch batch{source, time};
        batch.add_json(*kind, rows->text(6), json::serialize(*body));
        std::string section;
        append_section(section, {.device = of,
                                 .first_id = rows->integer(0),
                                 .time = time,
                                 .records = batch.count(),
                                 .entries = batch.entries()});
        keep(std::move(section));
    }
}

}  // namespace wasmbed::gateway
