#include "services/apiserver/write_log.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "host/base/log.hpp"

namespace wasmbed::apiserver {
namespace {

/// Raised when the tables change; an older program then refuses the file instead of damaging it.
constexpr std::int64_t kSchemaVersion = 1;

constexpr char kTables[] = R"(
CREATE TABLE IF NOT EXISTS objects(
  kind TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, text TEXT NOT NULL,
  UNIQUE(kind, ns, name));
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL);
)";

constexpr char kRemedy[] =
    "; it holds every object: bring back a backup with `wasmbed restore` into another folder; "
    "it was not changed";

std::string explain(const store::StoreError& error) {
    return error.damaged() ? error.message + kRemedy : error.message;
}

Result<std::int64_t, std::string> read_meta(store::Database& db, std::string_view key, std::int64_t fallback) {
    auto select = db.prepare("SELECT value FROM meta WHERE key = ?1");
    if (!select) return fail(select.error().message);
    auto row = select->bind(1, key).step();
    if (!row) return fail(row.error().message);
    return *row ? select->integer(0) : fallback;
}

store::StoreResult<void> write_meta(store::Database& db, std::string_view key, std::int64_t value) {
    auto upsert = db.prepare("INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value");
    if (!upsert) return fail(upsert.error());
    return upsert->bind(1, key).bind(2, value).run();
}

}  // namespace

WriteLog::~WriteLog() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

Result<std::int64_t, std::string> WriteLog::open(const std::string& path, const std::function<void(Record&&)>& each) {
    auto db = store::Database::open(path);
    if (!db) return fail(explain(db.error()));
    db_.emplace(std::move(*db));
    if (auto whole = db_->check(); !whole) return fail(explain(whole.error()));
    if (auto made = db_->execute(kTables); !made) return fail(path + ": " + made.error().message);
    auto version = read_meta(*db_, "schema", kSchemaVersion);
    if (!version) return fail(path + ": " + version.error());
    if (*version != kSchemaVersion) {
        return fail(path + " was written by a newer wasmbed (schema " + std::to_string(*version) +
                    "); use that one: it was not changed");
    }
    if (auto noted = write_meta(*db_, "schema", kSchemaVersion); !noted) return fail(noted.error().message);
    auto select = db_->prepare("SELECT kind, ns, name, revision, text FROM objects");
    if (!select) return fail(path + ": " + select.error().message);
    while (true) {
        auto row = select->step();
        if (!row) return fail(path + ": " + row.error().message);
        if (!*row) break;
        each({std::string(select->text(0)), std::string(select->text(1)), std::string(select->text(2)),
              select->integer(3), std::make_shared<const std::string>(select->text(4))});
    }
    auto revision = read_meta(*db_, "revision", 0);
    if (!revision) return fail(path + ": " + revision.error());
    thread_ = std::thread([this] { run(); });
    return *revision;
}

void WriteLog::append(Record record) {
    {
        std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(record));
    }
    wake_.notify_one();
}

void WriteLog::run() {
    while (true) {
        std::vector<Record> batch;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || (!refused_ && !waiting_.empty()); });
            if (refused_ || waiting_.empty()) return;
            batch.swap(waiting_);
        }
        auto written = write(batch);
        if (written) {
            failing_ = false;
            boost::asio::post(io_, [this, last = batch.back().revision] { committed_(last, {}); });
        } else {
            refuse(written.error().message);
        }
    }
}

/// What waits was made on top of what the disk refused, and so was everything appended until the event loop hears of
/// it: none of it may reach the disk.
void WriteLog::refuse(const std::string& error) {
    if (!std::exchange(failing_, true)) log_error("writes are refused", {{"error", error}});
    {
        std::lock_guard lock(mutex_);
        refused_ = true;
    }
    boost::asio::post(io_, [this, error] {
        {
            std::lock_guard lock(mutex_);
            waiting_.clear();
            refused_ = false;
        }
        committed_(0, error);
    });
}

store::StoreResult<void> WriteLog::write(const std::vector<Record>& batch) {
    auto transaction = store::Transaction::begin(*db_);
    if (!transaction) return fail(transaction.error());
    auto upsert = db_->prepare(
        "INSERT INTO objects VALUES(?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(kind, ns, name) DO UPDATE SET revision = excluded.revision, text = excluded.text");
    if (!upsert) return fail(upsert.error());
    auto remove = db_->prepare("DELETE FROM objects WHERE kind = ?1 AND ns = ?2 AND name = ?3");
    if (!remove) return fail(remove.error());
    for (const auto& record : batch) {
        auto& statement = record.text ? *upsert : *remove;
        statement.bind(1, record.kind).bind(2, record.ns).bind(3, record.name);
        if (record.text) statement.bind(4, record.revision).bind(5, *record.text);
        if (auto done = statement.run(); !done) return done;
    }
    if (auto noted = write_meta(*db_, "revision", batch.back().revision); !noted) return noted;
    return transaction->commit();
}

}  // namespace wasmbed::apiserver
