#include "services/gateway/testing/tls_socket.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace wasmbed::gateway::testing {
namespace {

/// How long the socket is waited for before a condition that does not depend on it is looked at again.
constexpr std::chrono::milliseconds kSlice{10};

}  // namespace

LoopbackSocket::LoopbackSocket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect to 127.0.0.1:" + std::to_string(port));
    }
}

LoopbackSocket::~LoopbackSocket() {
    ::close(fd_);
}

void LoopbackSocket::send(Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            closed_ = true;
            return;
        }
        bytes = bytes.subspan(std::size_t(sent));
    }
}

std::vector<std::uint8_t> LoopbackSocket::receive(std::chrono::milliseconds limit) {
    pollfd wanted{fd_, POLLIN, 0};
    if (::poll(&wanted, 1, int(limit.count())) <= 0) return {};
    std::vector<std::uint8_t> bytes(32 * 1024);
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) closed_ = true;
    bytes.resize(got > 0 ? std::size_t(got) : 0);
    return bytes;
}

bool TlsSocket::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done() && !closed() && std::chrono::steady_clock::now() < deadline) {
        tls_.receive(socket_.receive(kSlice));
        flush();
    }
    return done();
}

bool TlsSocket::wait_closed() {
    run_until([this] { return closed() || tls_.closed_by_server(); });
    return closed() || tls_.closed_by_server();
}

}  // namespace wasmbed::gateway::testing
