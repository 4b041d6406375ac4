#include "services/web/history_file.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/endian.hpp"
#include "host/base/log.hpp"

namespace wasmbed::web {
namespace {

using store::StoreError;
using store::StoreResult;

constexpr std::int64_t kSchemaVersion = 1;

// Samples: number of the key (4) and value (8), little-endian, one after the other. synchronous=NORMAL: the file is
// whole after a power cut, too, and ten seconds of figures are worth no wait for the disk.
constexpr char kSchema[] = R"sql(
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS keys (
  number INTEGER PRIMARY KEY, track INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (track, text));
CREATE TABLE IF NOT EXISTS slots (
  track INTEGER NOT NULL, slot INTEGER NOT NULL, samples BLOB NOT NULL, PRIMARY KEY (track, slot)) WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";

constexpr std::size_t kSampleBytes = 12;

constexpr int kNotADatabase = 26;  // SQLITE_NOTADB

void set_aside(const std::string& path) {
    std::error_code ignored;
    std::filesystem::rename(path, path + ".damaged", ignored);
    // Without its database a journal means nothing, and must not be taken for that of the next one.
    for (const char* rest : {"-wal", "-shm"}) std::filesystem::remove(path + rest, ignored);
}

}  // namespace

Result<HistoryFile, std::string> HistoryFile::open(const std::string& path) {
    std::string why;
    for (int attempt = 0; attempt < 2; ++attempt) {
        auto db = store::Database::open(path);
        StoreResult<void> ready = db ? StoreResult<void>() : fail(db.error());
        if (db) {
            HistoryFile file(std::move(*db));
            ready = file.prepare();
            if (ready) return file;
        }
        why = ready.error().message;
        if (!ready.error().damaged() || attempt > 0) break;
        log_warn("the kept figures cannot be used: starting without them", {{"file", path}, {"why", why}});
        set_aside(path);
    }
    return fail("cannot keep figures in " + path + ": " + why);
}

StoreResult<void> HistoryFile::prepare() {
    auto version = db_.prepare("PRAGMA user_version");
    if (!version) return fail(version.error());
    auto row = version->step();
    if (!row) return fail(row.error());
    if (const auto found = version->integer(0); found > kSchemaVersion)
        return fail(StoreError{kNotADatabase, "a newer wasmbed wrote it"});
    version->reset();
    if (auto made = db_.execute(kSchema); !made) return made;
    if (auto sound = db_.check(); !sound) return sound;
    return read_keys();
}

StoreResult<void> HistoryFile::read_keys() {
    auto found =
        db_.prepare("SELECT track, text, number, (SELECT max(slot) FROM slots WHERE track = keys.track) FROM keys");
    if (!found) return fail(found.error());
    for (;;) {
        auto row = found->step();
        if (!row) return fail(row.error());
        if (!*row) return {};
        keys_[{Track(found->integer(0)), std::string(found->text(1))}] = {std::uint32_t(found->integer(2)),
                                                                          found->integer(3)};
    }
}

StoreResult<std::uint32_t> HistoryFile::number_of(Track track, const std::string& key, Slot slot) {
    if (auto known = keys_.find({track, key}); known != keys_.end()) {
        known->second.last = slot;
        return known->second.number;
    }
    auto insert = db_.prepare("INSERT INTO keys (track, text) VALUES (?, ?)");
    if (!insert) return fail(insert.error());
    if (auto done = insert->bind(1, std::int64_t(track)).bind(2, key).run(); !done) return fail(done.error());
    const auto number = std::uint32_t(db_.last_insert_rowid());
    keys_[{track, key}] = {number, slot};
    return number;
}

Result<void, std::string> HistoryFile::write(Track track, Slot slot, Slot slots_max, const Samples& samples) {
    auto done = write_in_transaction(track, slot, slots_max, samples);
    if (done) return {};
    // Numbers that were given in a transaction that failed are none.
    keys_.clear();
    if (auto read = read_keys(); !read) return fail(read.error().message);
    return fail(done.error().message);
}

StoreResult<void> HistoryFile::write_in_transaction(Track track, Slot slot, Slot slots_max, const Samples& samples) {
    auto transaction = store::Transaction::begin(db_);
    if (!transaction) return fail(transaction.error());
    std::vector<std::uint8_t> packed(samples.size() * kSampleBytes);
    std::uint8_t* at = packed.data();
    for (const auto& [key, value] : samples) {
        const auto number = number_of(track, key, slot);
        if (!number) return fail(number.error());
        store_le32(at, *number);
        store_le32(at + 4, std::uint32_t(value));
        store_le32(at + 8, std::uint32_t(value >> 32));
        at += kSampleBytes;
    }
    auto insert = db_.prepare("INSERT OR REPLACE INTO slots (track, slot, samples) VALUES (?, ?, ?)");
    if (!insert) return fail(insert.error());
    if (auto done = insert->bind(1, std::int64_t(track)).bind(2, slot).bind(3, Bytes(packed)).run(); !done) return done;
    if (auto done = forget(track, slot - slots_max + 1); !done) return done;
    return transaction->commit();
}

StoreResult<void> HistoryFile::forget(Track track, Slot before) {
    auto slots = db_.prepare("DELETE FROM slots WHERE track = ? AND slot < ?");
    if (!slots) return fail(slots.error());
    if (auto done = slots->bind(1, std::int64_t(track)).bind(2, before).run(); !done) return done;
    auto erase = db_.prepare("DELETE FROM keys WHERE number = ?");
    if (!erase) return fail(erase.error());
    for (auto key = keys_.begin(); key != keys_.end();) {
        if (key->first.first != track || key->second.last >= before) {
            ++key;
            continue;
        }
        if (auto done = erase->bind(1, std::int64_t(key->second.number)).run(); !done) return done;
        key = keys_.erase(key);
    }
    return {};
}

Result<HistoryFile::History, std::string> HistoryFile::load(Track track, Slot first, Slot last) {
    auto found = read(track, first, last);
    if (!found) return fail(found.error().message);
    return std::move(*found);
}

StoreResult<HistoryFile::History> HistoryFile::read(Track track, Slot first, Slot last) {
    auto ahead = db_.prepare("DELETE FROM slots WHERE track = ? AND slot > ?");
    if (!ahead) return fail(ahead.error());
    if (auto done = ahead->bind(1, std::int64_t(track)).bind(2, last).run(); !done) return fail(done.error());
    History history;
    std::map<std::uint32_t, std::vector<std::pair<Slot, std::uint64_t>>*> by_number;
    for (auto& [key, known] : keys_) {
        known.last = std::min(known.last, last);
        if (key.first == track) by_number[known.number] = &history[key.second];
    }
    auto rows = db_.prepare("SELECT slot, samples FROM slots WHERE track = ? AND slot >= ? ORDER BY slot");
    if (!rows) return fail(rows.error());
    rows->bind(1, std::int64_t(track)).bind(2, first);
    for (;;) {
        auto row = rows->step();
        if (!row) return fail(row.error());
        if (!*row) break;
        const Bytes packed = rows->blob(1);
        for (std::size_t at = 0; at + kSampleBytes <= packed.size(); at += kSampleBytes) {
            const auto key = by_number.find(load_le32(packed.data() + at));
            if (key != by_number.end()) key->second->emplace_back(rows->integer(0), load_le64(packed.data() + at + 4));
        }
    }
    std::erase_if(history, [](const auto& entry) { return entry.second.empty(); });
    return history;
}

}  // namespace wasmbed::web
