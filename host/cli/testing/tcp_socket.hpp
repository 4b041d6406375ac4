// A TCP socket of 127.0.0.1, for tests of who gets which port.
#pragma once

#include <cerrno>
#include <cstdint>
#include <netinet/in.h>
#include <sys/socket.h>

#include "host/process/fd.hpp"

namespace wasmbed::cli::testing {

enum class Reuse : bool { No, Yes };  ///< SO_REUSEADDR

/// Its calls give 0, or errno.
class TcpSocket {
  public:
    explicit TcpSocket(Reuse reuse) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = reuse == Reuse::Yes;
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }

    /// 0: any port.
    int bind(int port) {
        const sockaddr_in address = loopback(port);
        return error_of(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
    }
    int listen(int port) {
        const int refused = bind(port);
        return refused != 0 ? refused : error_of(::listen(fd_.get(), 1));
    }
    int connect(int port) {
        const sockaddr_in address = loopback(port);
        return error_of(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
    }
    /// From now on "any port" is this one; ENOPROTOOPT before Linux 6.3.
    int narrow_to(int port) {
        constexpr int kIpLocalPortRange = 51;  // linux/in.h, which cannot be included beside netinet/in.h
        const std::uint32_t range = static_cast<std::uint32_t>(port) << 16 | static_cast<std::uint32_t>(port);
        return error_of(::setsockopt(fd_.get(), IPPROTO_IP, kIpLocalPortRange, &range, sizeof range));
    }
    /// The one it has.
    int port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }

  private:
    static sockaddr_in loopback(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    static int error_of(int status) { return status == 0 ? 0 : errno; }

    Fd fd_;
};

}  // namespace wasmbed::cli::testing
