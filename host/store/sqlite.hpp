// SQLite, as thin as it can be and still be safe: connections, statements, transactions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace wasmbed::store {

/// What SQLite said, with what was being done, in one line.
struct StoreError {
    int code = 0;  ///< SQLite's extended result code
    std::string message;
    /// The file is not a database, or no longer one.
    bool damaged() const;
};

template <class T>
using StoreResult = Result<T, StoreError>;

/// Statements of one connection that nobody uses at the moment, by their text: preparing one costs more than most take
/// to run.
class IdleStatements {
  public:
    ~IdleStatements();
    /// Null when there is none of this text.
    sqlite3_stmt* take(std::string_view sql);
    void put(sqlite3_stmt* statement);

  private:
    std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> by_text_;
    std::size_t count_ = 0;
};

/// A prepared statement. Bind, step until it says false, read columns in between, `reset` to use it again.
/// Bound views must live until the step.
class Statement {
  public:
    Statement(Statement&&) noexcept = default;
    Statement& operator=(Statement&&) noexcept = default;

    /// Parameters count from 1.
    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, Bytes blob);
    Statement& bind_null(int index);

    /// True: a row is there to be read. False: finished.
    StoreResult<bool> step();
    /// `step` for a statement without rows, then `reset`.
    StoreResult<void> run();
    void reset();

    /// Columns count from 0; views live until the next step or reset.
    std::int64_t integer(int column) const;
    std::string_view text(int column) const;
    Bytes blob(int column) const;
    bool is_null(int column) const;

  private:
    friend class Database;
    /// Gives the statement back to its connection, or ends it when that is closed.
    struct Return {
        std::weak_ptr<IdleStatements> idle;
        void operator()(sqlite3_stmt* statement) const;
    };
    Statement(sqlite3_stmt* statement, const std::shared_ptr<IdleStatements>& idle) : statement_(statement, {idle}) {}
    std::unique_ptr<sqlite3_stmt, Return> statement_;
    int bind_error_ = 0;  // the first failed bind; `step` reports it
};

/// One connection. To be used by one thread at a time. Blocks on disk.
class Database {
  public:
    /// Opens or creates `path`: WAL, synchronous=FULL (a committed transaction survives a power cut), foreign keys on,
    /// mode 0600, waits up to 5 s for another process's lock.
    static StoreResult<Database> open(const std::string& path);

    /// A statement of this text; one that was used before if there is one.
    StoreResult<Statement> prepare(std::string_view sql);
    /// Runs one or more statements without parameters.
    StoreResult<void> execute(const std::string& sql);
    /// Reads the whole file for damage; the error names the file and the first thing found.
    StoreResult<void> check();
    /// Writes what is committed now into a new file at `path`, while others go on to read and write.
    StoreResult<void> snapshot(const std::string& path);
    std::int64_t last_insert_rowid() const;
    /// Rows that the last INSERT, UPDATE or DELETE changed.
    std::int64_t changes() const;

  private:
    struct Close {
        void operator()(sqlite3* db) const;
    };
    explicit Database(sqlite3* db) : db_(db) {}
    std::unique_ptr<sqlite3, Close> db_;
    std::shared_ptr<IdleStatements> idle_ = std::make_shared<IdleStatements>();  // ends before the connection
};

/// A transaction that rolls back unless it was committed.
class Transaction {
  public:
    static StoreResult<Transaction> begin(Database& db);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    StoreResult<void> commit();

  private:
    explicit Transaction(Database& db) : db_(&db) {}
    Database* db_;
};

}  // namespace wasmbed::store
