// Who changed what: one JSON line for each request that writes, refused ones included.
#pragma once

#include <string>

#include "host/base/audit_file.hpp"
#include "services/apiserver/access.hpp"

namespace wasmbed::apiserver {

struct AuditEntry {
    std::string user;
    std::string address;  ///< of the client
    Attributes what;
    bool dry_run = false;
};

class AuditLog {
  public:
    /// As AuditFile: an empty path means that nothing is written.
    explicit AuditLog(std::string path, std::size_t bytes_max = 8 * 1024 * 1024) : file_(std::move(path), bytes_max) {}

    Result<void, std::string> open() { return file_.open(); }
    void write(const AuditEntry& entry, int code);

  private:
    AuditFile file_;
};

}  // namespace wasmbed::apiserver
