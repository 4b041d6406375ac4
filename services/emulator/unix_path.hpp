// Unix socket addresses that do not mind how deep the data folder is.
#pragma once

#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

#include "host/process/fd.hpp"

namespace wasmbed::emulator {

/// A path to the socket at `path` of at most 107 bytes, which is what fits a sockaddr_un (unix(7)): it goes through
/// /proc/self/fd. Valid as long as this object lives.
class UnixPath {
  public:
    explicit UnixPath(const std::filesystem::path& path)
        : folder_(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
          text_("/proc/self/fd/" + std::to_string(folder_.get()) + "/" + path.filename().string()) {}
    const std::string& text() const { return text_; }

  private:
    Fd folder_;
    std::string text_;
};

/// Connects to the listener at `path`; empty when nobody listens. Does not block: a Unix socket connects at once or not
/// at all.
inline Fd connect_unix(const std::filesystem::path& path) {
    const UnixPath reachable(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (reachable.text().size() >= sizeof address.sun_path) return {};
    std::memcpy(address.sun_path, reachable.text().data(), reachable.text().size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    return fd;
}

}  // namespace wasmbed::emulator
