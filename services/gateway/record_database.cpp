#include "services/gateway/record_database.hpp"

#include <algorithm>

#include "core/base/endian.hpp"

namespace wasmbed::gateway {
namespace {

using store::Database;
using store::StoreError;
using store::StoreResult;

constexpr std::int64_t kSchemaVersion = 2;

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS devices (
  number INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, ns TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, sections BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (
  id INTEGER PRIMARY KEY, device INTEGER NOT NULL, generation INTEGER NOT NULL, last_id INTEGER NOT NULL,
  records INTEGER NOT NULL, kinds INTEGER NOT NULL, apps TEXT NOT NULL, sections BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS blocks_by_device ON blocks (device, id);
CREATE TABLE IF NOT EXISTS streams (
  device INTEGER NOT NULL, boot_id BLOB NOT NULL, seq INTEGER NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (device, boot_id)) WITHOUT ROWID;
PRAGMA user_version = 2;
)sql";

// A section, little-endian: device (4), first id (8), time in us (8), boot id (8), last sequence number (8),
// records (4), bytes of the entries (4), the entries.
constexpr std::size_t kSectionHeadBytes = 44;

std::int64_t micros(WallClock::time_point time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

}  // namespace

StoreResult<RecordDatabase> RecordDatabase::open(const std::string& path, const RecordLimits& limits) {
    auto db = Database::open(path);
    if (!db) return fail(db.error());
    RecordDatabase opened{std::move(*db), limits};
    const auto version = opened.pragma("user_version");
    if (!version) return fail(version.error());
    if (*version > kSchemaVersion) {
        return fail(StoreError{0, path + " was written by a newer wasmbed; use that one, or move the file away"});
    }
    if (*version == 1) {
        if (auto done = opened.migrate(); !done) return fail(done.error());
    } else if (auto made = opened.db_.execute(kSchema); !made) {
        return fail(made.error());
    }
    if (auto done = opened.replay(); !done) return fail(done.error());
    return opened;
}

StoreResult<std::int64_t> RecordDatabase::pragma(const char* name) {
    auto statement = db_.prepare(std::string("PRAGMA ") + name);
    if (!statement) return fail(statement.error());
    if (auto row = statement->step(); !row) return fail(row.error());
    return statement->integer(0);
}

// ---- the journal

void RecordDatabase::append_section(std::string& out, const Section& section) {
    std::array<std::uint8_t, kSectionHeadBytes> head;
    store_le32(head.data(), std::uint32_t(section.device));
    store_le64(head.data() + 4, std::uint64_t(section.first_id));
    store_le64(head.data() + 12, std::uint64_t(micros(section.time)));
    std::ranges::copy(section.boot, head.data() + 20);
    store_le64(head.data() + 28, section.last_seq);
    store_le32(head.data() + 36, std::uint32_t(section.records));
    store_le32(head.data() + 40, std::uint32_t(section.entries.size()));
    out.append(reinterpret_cast<const char*>(head.data()), head.size());
    out.append(section.entries);
}

bool RecordDatabase::take_section(std::string_view& rest, Section& section) {
    if (rest.size() < kSectionHeadBytes) return false;
    const auto* head = reinterpret_cast<const std::uint8_t*>(rest.data());
    const std::size_t bytes = load_le32(head + 40);
    if (rest.size() - kSectionHeadBytes < bytes) return false;
    section.device = load_le32(head);
    section.first_id = std::int64_t(load_le64(head + 4));
    section.time = WallClock::time_point{std::chrono::microseconds{std::int64_t(load_le64(head + 12))}};
    std::copy_n(head + 20, section.boot.size(), section.boot.begin());
    section.last_seq = load_le64(head + 28);
    section.records = load_le32(head + 36);
    section.entries = rest.substr(kSectionHeadBytes, bytes);
    section.whole = rest.substr(0, kSectionHeadBytes + bytes);
    rest.remove_prefix(kSectionHeadBytes + bytes);
    return true;
}

/// Takes over a row that the journal has.
void RecordDatabase::keep(std::string row) {
    std::string_view rest = row;
    Section section;
    while (take_section(rest, section)) {
        next_id_ = std::max(next_id_, section.first_id + std::int64_t(section.records));
        if (section.last_seq == 0 || forgotten_.contains(section.device)) continue;
        pending_heads_[{section.device, section.boot}] = {section.last_seq, section.first_id};
    }
    pending_bytes_ += row.size();
    pending_.push_back(std::move(row));
}

/// Takes the journal into memory. Sections of devices that were forgotten meanwhile count for nothing.
StoreResult<void> RecordDatabase::replay() {
    auto last = db_.prepare("SELECT max(last_id), max(generation) FROM blocks");
    if (!last) return fail(last.error());
    if (auto row = last->step(); !row) return fail(row.error());
    next_id_ = last->integer(0) + 1;
    generation_ = last->integer(1) + 1;

    const auto sources = sources_of({});
    if (!sources) return fail(sources.error());
    auto rows = db_.prepare("SELECT sections FROM journal ORDER BY id");
    if (!rows) return fail(rows.error());
    for (;;) {
        const auto row = rows->step();
        if (!row) return fail(row.error());
        if (!*row) return {};
        const std::string_view sections = text_of(rows->blob(0));
        std::string_view rest = sections;
        Section section;
        while (take_section(rest, section)) {
            if (!sources->contains(section.device)) forgotten_.insert(section.device);
        }
        keep(std::string(sections));
    }
}

// ---- storing

StoreResult<std::int64_t> RecordDatabase::number_of(RecordSource& source) {
    if (source.number_ != 0) return source.number_;
    auto find = db_.prepare("SELECT number FROM devices WHERE uid = ?1");
    if (!find) return fail(find.error());
    const auto row = find->bind(1, source.device_uid).step();
    if (!row) return fail(row.error());
    if (*row) return source.number_ = find->integer(0);
    auto add = db_.prepare("INSERT INTO devices (uid, ns, name) VALUES (?1, ?2, ?3)");
    if (!add) return fail(add.error());
    if (auto done = add->bind(1, source.device_uid).bind(2, source.ns).bind(3, source.device).run(); !done) {
        return fail(done.error());
    }
    return source.number_ = db_.last_insert_rowid();
}

StoreResult<std::uint64_t> RecordDatabase::head_of(std::int64_t device, const proto::BootId& boot) {
    if (const auto pending = pending_heads_.find({device, boot}); pending != pending_heads_.end()) {
        return pending->second.seq;
    }
    auto select = db_.prepare("SELECT seq FROM streams WHERE device = ?1 AND boot_id = ?2");
    if (!select) return fail(select.error());
    const auto row = select->bind(1, device).bind(2, Bytes{boot}).step();
    if (!row) return fail(row.error());
    return *row ? std::uint64_t(select->integer(0)) : 0;
}

/// What of a batch is new; none when nothing is.
StoreResult<std::optional<RecordDatabase::Prepared>> RecordDatabase::prepare_section(const RecordBatchPtr& batch) {
    RecordSource& source = *batch->source();
    const auto number = number_of(source);
    if (!number) return fail(number.error());
    Prepared prepared{.section = {.device = *number, .time = batch->time()}, .batch = batch};
    Section& section = prepared.section;
    if (batch->boot()) {
        if (source.boot_ != *batch->boot() || !source.head_) {
            const auto head = head_of(*number, *batch->boot());
            if (!head) return fail(head.error());
            source.boot_ = *batch->boot();
            source.head_ = *head;
        }
        if (batch->first_seq() <= *source.head_) {
            prepared.batch = std::make_shared<const RecordBatch>(batch->after(*source.head_));
        }
        section.boot = source.boot_;
        source.head_ = section.last_seq = std::max(*source.head_, batch->last_seq());
    }
    if (prepared.batch->empty()) return std::optional<Prepared>{};
    section.records = prepared.batch->count();
    section.entries = prepared.batch->entries();
    section.first_id = next_id_;
    next_id_ += std::int64_t(section.records);
    return prepared;
}

/// After a transaction that was rolled back.
void RecordDatabase::forget_what_was_learnt(std::span<const RecordBatchPtr> batches) {
    for (const RecordBatchPtr& batch : batches) {
        batch->source()->number_ = 0;
        batch->source()->head_.reset();
    }
}

StoreResult<std::vector<RecordDatabase::Stored>> RecordDatabase::insert(std::span<const RecordBatchPtr> batches) {
    auto transaction = store::Transaction::begin(db_);
    if (!transaction) return fail(transaction.error());
    std::vector<Stored> stored;
    std::size_t bytes = 0;
    for (const RecordBatchPtr& batch : batches) bytes += kSectionHeadBytes + batch->bytes();
    std::string row;
    row.reserve(bytes);
    const auto write = [&]() -> StoreResult<void> {
        for (const RecordBatchPtr& batch : batches) {
            auto prepared = prepare_section(batch);
            if (!prepared) return fail(prepared.error());
            stored.push_back(*prepared ? Stored{(*prepared)->batch, (*prepared)->section.first_id} : Stored{});
            if (*prepared) append_section(row, (*prepared)->section);
        }
        if (row.empty()) return {};
        auto insert = db_.prepare("INSERT INTO journal (sections) VALUES (?1)");
        if (!insert) return fail(insert.error());
        return insert->bind(1, bytes_of(row)).run();
    };
    auto done = write();
    if (done) done = transaction->commit();
    if (!done) {
        forget_what_was_learnt(batches);
        return fail(done.error());
    }
    if (!row.empty()) keep(std::move(row));
    return stored;
}

StoreResult<std::uint64_t> RecordDatabase::stored_seq(const std::string& device_uid, const proto::BootId& boot_id) {
    auto find = db_.prepare("SELECT number FROM devices WHERE uid = ?1");
    if (!find) return fail(find.error());
    const auto row = find->bind(1, device_uid).step();
    if (!row) return fail(row.error());
    return *row ? head_of(find->integer(0), boot_id) : StoreResult<std::uint64_t>{0};
}

StoreResult<std::vector<std::string>> RecordDatabase::devices() {
    auto select = db_.prepare("SELECT uid FROM devices");
    if (!select) return fail(select.error());
    std::vector<std::string> uids;
    for (;;) {
        const auto row = select->step();
        if (!row) return fail(row.error());
        if (!*row) return uids;
        uids.emplace_back(select->text(0));
    }
}

StoreResult<void> RecordDatabase::forget_device(const std::string& device_uid) {
    auto find = db_.prepare("SELECT number FROM devices WHERE uid = ?1");
    if (!find) return fail(find.error());
    const auto row = find->bind(1, device_uid).step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    const std::int64_t device = find->integer(0);
    find->reset();
    auto transaction = store::Transaction::begin(db_);
    if (!transaction) return fail(transaction.error());
    for (const char* sql : {"DELETE FROM blocks WHERE device = ?1", "DELETE FROM streams WHERE device = ?1",
                            "DELETE FROM devices WHERE number = ?1"}) {
        auto remove = db_.prepare(sql);
        if (!remove) return fail(remove.error());
        if (auto done = remove->bind(1, device).run(); !done) return done;
    }
    if (auto done = transaction->commit(); !done) return done;
    forgotten_.insert(device);
    std::erase_if(pending_heads_, [&](const auto& head) { return head.first.first == device; });
    added_since_prune_.erase(device);
    return {};
}

}  // namespace wasmbed::gateway
