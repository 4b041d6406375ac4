// The durable half of the store: SQLite, written by a thread of its own with group commit.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/base/task.hpp"
#include "host/store/sqlite.hpp"

namespace wasmbed::apiserver {

/// One change as it goes to disk.
struct Record {
    std::string kind;  ///< "wasmbed.io/devices"
    std::string ns;
    std::string name;
    std::int64_t revision = 0;
    std::shared_ptr<const std::string> text;  ///< the object as JSON; null deletes it
};

/// Appends records in order. What waits while a transaction is being written goes into the next one together, so the
/// cost of an fsync is shared by all writers of that moment.
class WriteLog {
  public:
    /// Called on the event loop, in order, once for each batch. Empty error: everything up to `last_revision` is on
    /// disk. Else nothing that was appended and not confirmed yet is, nor will be.
    using Committed = std::function<void(std::int64_t last_revision, const std::string& error)>;

    WriteLog(IoContext& io, Committed committed) : io_(io), committed_(std::move(committed)) {}
    /// Waits for what was appended to be written.
    ~WriteLog();

    /// Opens the database, makes its tables, and hands every stored object to `each`. Returns the last revision.
    Result<std::int64_t, std::string> open(const std::string& path, const std::function<void(Record&&)>& each);

    /// Never blocks on the disk. Belongs to the event loop's thread.
    void append(Record record);

  private:
    void run();
    void refuse(const std::string& error);
    store::StoreResult<void> write(const std::vector<Record>& batch);

    IoContext& io_;
    Committed committed_;
    std::optional<store::Database> db_;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Record> waiting_;  // guarded by mutex_
    bool stopping_ = false;        // guarded by mutex_
    bool refused_ = false;         // guarded by mutex_: the event loop has not heard yet of a refused batch
    bool failing_ = false;         // the thread's: logged already
};

}  // namespace wasmbed::apiserver
