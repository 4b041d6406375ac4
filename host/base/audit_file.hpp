// Lines for the record: JSON objects in a file that only its owner reads.
#pragma once

#include <fstream>
#include <string>

#include "core/base/result.hpp"
#include "host/base/json.hpp"

namespace wasmbed {

/// Appends to a file, on the event loop's thread: a line goes to the page cache and is not waited for on disk. A full
/// file becomes FILE.1, which is then the only one kept beside it. A line that cannot be written is logged and lost;
/// it does not stop what it is about.
class AuditFile {
  public:
    /// An empty path: nothing is written.
    explicit AuditFile(std::string path, std::size_t bytes_max = 8 * 1024 * 1024);

    /// Opens the file for appending, mode 0600. The error names it and the cause.
    Result<void, std::string> open();

    /// One line: `entry` with the time in front.
    void write(json::object entry);

  private:
    std::string path_;
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::ofstream file_;
};

}  // namespace wasmbed
