#include "host/pki/atomic_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wasmbed::pki {
namespace {

constexpr std::size_t kSmallFileBytesMax = 1 << 20;

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

PkiError system_error(const char* doing, const std::filesystem::path& path) {
    return {std::string(doing) + " " + path.string() + ": " + std::strerror(errno)};
}

bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        ssize_t count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

PkiResult<void> sync_folder(const std::filesystem::path& folder) {
    Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return fail(system_error("syncing", folder));
    return {};
}

PkiResult<void> write_file_atomic(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    std::filesystem::path temporary = path;
    temporary += ".tmp";
    ::unlink(temporary.c_str());  // left over from a crash, perhaps with another mode
    {
        Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (fd.get() < 0) return fail(system_error("creating", temporary));
        if (::fchmod(fd.get(), mode) != 0 || !write_all(fd.get(), content) || ::fsync(fd.get()) != 0) {
            PkiError error = system_error("writing", temporary);
            ::unlink(temporary.c_str());
            return fail(error);
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        PkiError error = system_error("renaming a temporary file to", path);
        ::unlink(temporary.c_str());
        return fail(error);
    }
    return sync_folder(path.parent_path().empty() ? "." : path.parent_path());
}

PkiResult<void> write_file_if_changed(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 0777) == mode) {
        auto present = read_small_file(path);
        if (present && *present == content) return {};
    }
    return write_file_atomic(path, content, mode);
}

PkiResult<std::string> read_small_file(const std::filesystem::path& path) {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return fail(system_error("reading", path));
    std::string content;
    char buffer[4096];
    for (;;) {
        ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(system_error("reading", path));
        if (count == 0) return content;
        content.append(buffer, static_cast<std::size_t>(count));
        if (content.size() > kSmallFileBytesMax) {
            return fail(PkiError{"reading " + path.string() + ": it is larger than 1 MiB"});
        }
    }
}

}  // namespace wasmbed::pki
