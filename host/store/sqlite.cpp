#include "host/store/sqlite.hpp"

#include <algorithm>
#include <cstring>
#include <sqlite3.h>
#include <sys/stat.h>

namespace wasmbed::store {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr std::size_t kIdleStatementsMax = 64;

/// What a person can do something about is said by file; the rest are our own mistakes, said by statement.
StoreError error_of(sqlite3* db, std::string_view doing) {
    const int code = sqlite3_extended_errcode(db);
    const char* name = sqlite3_db_filename(db, "main");
    const std::string path = name && *name ? name : "the database";
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return {code, path + " cannot be written: the disk is full; free some space"};
        case SQLITE_IOERR:
            return {code, path + " cannot be read or written (" + sqlite3_errstr(code) + ": " +
                              std::strerror(sqlite3_system_errno(db)) + "); look at its disk, and whether it is full"};
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return {code, path + " cannot be opened for writing (" + sqlite3_errmsg(db) +
                              "); look at its permissions and its disk"};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {code, path + " is damaged (" + sqlite3_errmsg(db) + ")"};
        default:
            return {code, std::string(doing) + ": " + sqlite3_errmsg(db)};
    }
}

}  // namespace

bool StoreError::damaged() const {
    return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
}

IdleStatements::~IdleStatements() {
    for (const auto& [_, statements] : by_text_) {
        for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
    }
}

sqlite3_stmt* IdleStatements::take(std::string_view sql) {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end() || found->second.empty()) return nullptr;
    sqlite3_stmt* statement = found->second.back();
    found->second.pop_back();
    --count_;
    return statement;
}

void IdleStatements::put(sqlite3_stmt* statement) {
    if (count_ == kIdleStatementsMax) {
        sqlite3_finalize(statement);
        return;
    }
    // Ends its read transaction, and lets go of what was bound.
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    by_text_[sqlite3_sql(statement)].push_back(statement);
    ++count_;
}

void Statement::Return::operator()(sqlite3_stmt* statement) const {
    if (const auto open = idle.lock()) return open->put(statement);
    sqlite3_finalize(statement);
}
void Database::Close::operator()(sqlite3* db) const {
    sqlite3_close_v2(db);
}

Statement& Statement::bind(int index, std::int64_t value) {
    if (int code = sqlite3_bind_int64(statement_.get(), index, value); !bind_error_) bind_error_ = code;
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    int code = sqlite3_bind_text64(statement_.get(), index, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    if (!bind_error_) bind_error_ = code;
    return *this;
}

Statement& Statement::bind(int index, Bytes blob) {
    // A null pointer would bind NULL instead of an empty blob.
    const void* data = blob.data() ? static_cast<const void*>(blob.data()) : "";
    int code = sqlite3_bind_blob64(statement_.get(), index, data, blob.size(), SQLITE_STATIC);
    if (!bind_error_) bind_error_ = code;
    return *this;
}

Statement& Statement::bind_null(int index) {
    if (int code = sqlite3_bind_null(statement_.get(), index); !bind_error_) bind_error_ = code;
    return *this;
}

StoreResult<bool> Statement::step() {
    sqlite3* db = sqlite3_db_handle(statement_.get());
    if (bind_error_) return fail(StoreError{bind_error_, std::string("bind: ") + sqlite3_errstr(bind_error_)});
    switch (sqlite3_step(statement_.get())) {
        case SQLITE_ROW:
            return true;
        case SQLITE_DONE:
            return false;
        default:
            return fail(error_of(db, sqlite3_sql(statement_.get())));
    }
}

StoreResult<void> Statement::run() {
    auto stepped = step();
    reset();
    if (!stepped) return fail(stepped.error());
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    bind_error_ = 0;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return data ? std::string_view(data, std::size_t(sqlite3_column_bytes(statement_.get(), column)))
                : std::string_view();
}

Bytes Statement::blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    return {data, data ? std::size_t(sqlite3_column_bytes(statement_.get(), column)) : 0};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

StoreResult<Database> Database::open(const std::string& path) {
    sqlite3* raw = nullptr;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    Database db(raw);
    if (code != SQLITE_OK) {
        return fail(StoreError{code, "cannot open " + path + ": " + (raw ? sqlite3_errmsg(raw) : "no memory")});
    }
    // SQLite gives -wal and -shm the mode of the database file, so this is done before they are made.
    if (!path.empty() && path != ":memory:" && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
        return fail(StoreError{SQLITE_PERM, "cannot make " + path + " private"});
    }
    sqlite3_busy_timeout(raw, kBusyTimeoutMs);
    auto set = db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
    if (!set) return fail(set.error());
    return db;
}

StoreResult<Statement> Database::prepare(std::string_view sql) {
    if (sqlite3_stmt* again = idle_->take(sql)) return Statement(again, idle_);
    sqlite3_stmt* raw = nullptr;
    int code = sqlite3_prepare_v3(db_.get(), sql.data(), int(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK) return fail(error_of(db_.get(), sql));
    return Statement(raw, idle_);
}

StoreResult<void> Database::execute(const std::string& sql) {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return fail(error_of(db_.get(), sql));
    }
    return {};
}

StoreResult<void> Database::check() {
    auto pragma = prepare("PRAGMA quick_check(1)");
    if (!pragma) return fail(pragma.error());
    auto row = pragma->step();
    if (!row) return fail(row.error());
    if (*row && pragma->text(0) == "ok") return {};
    const char* name = sqlite3_db_filename(db_.get(), "main");
    std::string finding(pragma->text(0));
    std::ranges::replace(finding, '\n', ' ');
    return fail(
        StoreError{SQLITE_CORRUPT, std::string(name ? name : "the database") + " is damaged (" + finding + ")"});
}

StoreResult<void> Database::snapshot(const std::string& path) {
    auto statement = prepare("VACUUM INTO ?1");
    if (!statement) return fail(statement.error());
    return statement->bind(1, std::string_view(path)).run();
}

std::int64_t Database::last_insert_rowid() const {
    return sqlite3_last_insert_rowid(db_.get());
}
std::int64_t Database::changes() const {
    return sqlite3_changes64(db_.get());
}

StoreResult<Transaction> Transaction::begin(Database& db) {
    // IMMEDIATE takes the write lock now: a later upgrade could fail after work was done.
    auto begin = db.prepare("BEGIN IMMEDIATE");
    if (!begin) return fail(begin.error());
    if (auto begun = begin->run(); !begun) return fail(begun.error());
    return Transaction(db);
}

Transaction::Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}

Transaction::~Transaction() {
    if (db_) static_cast<void>(db_->execute("ROLLBACK"));
}

StoreResult<void> Transaction::commit() {
    auto commit = db_->prepare("COMMIT");
    if (!commit) return fail(commit.error());
    auto committed = commit->run();
    if (committed) db_ = nullptr;
    return committed;
}

}  // namespace wasmbed::store
