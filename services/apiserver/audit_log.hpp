// Who changed what: one JSON line for each request that writes, refused ones included.
#pragma once

#include <fstream>
#include <string>

#include "core/base/result.hpp"
#include "services/apiserver/access.hpp"

namespace wasmbed::apiserver {

struct AuditEntry {
    std::string user;
    std::string address;  ///< of the client
    Attributes what;
    bool dry_run = false;
};

/// Appends to a file, on the event loop's thread: a line goes to the page cache and is not waited for on disk. A full
/// file becomes FILE.1, which is then the only one kept beside it. A line that cannot be written is logged and lost;
/// it does not stop the request.
class AuditLog {
  public:
    /// An empty path: nothing is written.
    explicit AuditLog(std::string path, std::size_t bytes_max = 8 * 1024 * 1024);

    /// Opens the file for appending, readable by its owner only. The error names it and the cause.
    Result<void, std::string> open();

    void write(const AuditEntry& entry, int code);

  private:
    std::string path_;
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::ofstream file_;
};

}  // namespace wasmbed::apiserver
