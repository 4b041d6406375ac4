#include "host/base/audit_file.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "host/base/log.hpp"
#include "host/base/time.hpp"

namespace wasmbed {
namespace fs = std::filesystem;

AuditFile::AuditFile(std::string path, std::size_t bytes_max) : path_(std::move(path)), bytes_max_(bytes_max) {}

Result<void, std::string> AuditFile::open() {
    if (path_.empty()) return {};
    std::error_code error;
    if (auto folder = fs::path(path_).parent_path(); !folder.empty()) fs::create_directories(folder, error);
    file_.open(path_, std::ios::app);
    if (!file_) return fail(path_ + ": " + std::generic_category().message(errno));
    fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write, error);
    auto size = fs::file_size(path_, error);
    bytes_ = error ? 0 : std::size_t(size);
    return {};
}

void AuditFile::write(json::object entry) {
    if (path_.empty()) return;
    json::object line{{"time", rfc3339_micro(WallClock::now())}};
    for (auto& [name, value] : entry) line[name] = std::move(value);
    auto text = json::serialize(line) + "\n";
    if (bytes_ > 0 && bytes_ + text.size() > bytes_max_) {
        file_.close();
        std::error_code error;
        fs::rename(path_, path_ + ".1", error);
        if (auto opened = open(); !opened) log_error("audit log", {{"error", opened.error()}});
    }
    file_ << text << std::flush;
    if (!file_) {
        log_error("a line of the audit log is lost", {{"file", path_}});
        file_.clear();
    }
    bytes_ += text.size();
}

}  // namespace wasmbed
