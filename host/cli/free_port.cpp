#include "host/cli/free_port.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

#include "host/process/fd.hpp"

namespace wasmbed::cli {
namespace {

std::unexpected<std::string> refused() {
    return fail(std::string("cannot find a free port on 127.0.0.1: ") + std::strerror(errno));
}

}  // namespace

Result<int, std::string> reserve_free_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    const int yes = 1;

    const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener || ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        ::bind(listener.get(), raw, size) != 0 || ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), raw, &size) != 0)
        return refused();
    const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!client || ::connect(client.get(), raw, size) != 0) return refused();
    // The side that closes first waits in TIME_WAIT: this one, before the client and the listener.
    const Fd accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) return refused();
    return ntohs(address.sin_port);
}

}  // namespace wasmbed::cli
