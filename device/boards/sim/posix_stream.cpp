#include "device/boards/sim/posix_stream.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace wasmbed::sim {
namespace {

using hal::StreamError;
using hal::StreamState;

constexpr std::size_t kHostCharsMax = 127;

StreamError from(int system_error) {
    switch (system_error) {
        case ECONNREFUSED:
            return StreamError::Refused;
        case ETIMEDOUT:
            return StreamError::TimedOut;
        case ECONNRESET:
        case EPIPE:
            return StreamError::Reset;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EADDRNOTAVAIL:
            return StreamError::Unreachable;
        case ENOBUFS:
        case ENOMEM:
        case EMFILE:
        case ENFILE:
            return StreamError::NoMemory;
        default:
            return StreamError::Other;
    }
}

/// "host:port", the host in brackets when it is IPv6.
bool split(std::string_view address, std::string& host, std::string& port) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) return false;
    port = address.substr(colon + 1);
    host = address.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc{} && end == port.data() + port.size() && number >= 1 && number <= 65535 &&
           !host.empty() && host.size() <= kHostCharsMax;
}

}  // namespace

StreamError PosixStream::fail_with(int system_error) const {
    state_ = StreamState::Failed;
    return error_ = from(system_error);
}

Result<void, StreamError> PosixStream::do_connect(std::string_view address) {
    if (state_ != StreamState::Closed) return fail(StreamError::Busy);
    std::string host, port;
    if (!split(address, host, port)) return fail(StreamError::BadAddress);
    if (cut_) return fail(StreamError::Unreachable);
    if (host == "localhost") host = "127.0.0.1";

    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return fail(StreamError::NotResolved);
    fd_ = ::socket(found->ai_family, SOCK_STREAM, 0);
    if (fd_ >= 0) {
        (void)::fcntl(fd_, F_SETFD, FD_CLOEXEC);
        (void)::fcntl(fd_, F_SETFL, O_NONBLOCK);
    }
    const int connected = fd_ < 0 ? -1 : ::connect(fd_, found->ai_addr, found->ai_addrlen);
    const int problem = errno;
    ::freeaddrinfo(found);
    if (connected != 0 && problem != EINPROGRESS) {
        do_close();
        return fail(from(problem));
    }
    const int on = 1;
    (void)::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    error_ = StreamError::None;
    state_ = StreamState::Connecting;
    return {};
}

void PosixStream::look_at_connection() const {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) <= 0) return;
    int problem = 0;
    socklen_t size = sizeof problem;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &problem, &size) != 0) problem = errno;
    if (problem != 0) {
        (void)fail_with(problem);
    } else {
        state_ = StreamState::Open;
    }
}

StreamState PosixStream::do_state() const {
    if (state_ == StreamState::Connecting) look_at_connection();
    return state_;
}

short PosixStream::awaited_events() const {
    if (state_ == StreamState::Connecting || write_blocked_) return POLLIN | POLLOUT;
    return state_ == StreamState::Open && !held_until_ ? POLLIN : 0;
}

Result<std::size_t, StreamError> PosixStream::do_read(MutableBytes out) {
    if (do_state() == StreamState::PeerClosed) return 0;
    if (state_ != StreamState::Open) return fail(StreamError::NotOpen);
    if (out.empty() || holds_back()) return 0;
    const ssize_t count = ::recv(fd_, out.data(), out.size(), 0);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) {
        state_ = StreamState::PeerClosed;
        return 0;
    }
    if (errno == EAGAIN || errno == EINTR) return 0;
    return fail(fail_with(errno));
}

Result<std::size_t, StreamError> PosixStream::do_write(Bytes data) {
    if (do_state() != StreamState::Open) return fail(StreamError::NotOpen);
    const ssize_t count = ::send(fd_, data.data(), data.size(), 0);  // SIGPIPE is ignored: main.cpp
    write_blocked_ = count < 0 && (errno == EAGAIN || errno == EINTR);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (write_blocked_) return 0;
    return fail(fail_with(errno));
}

void PosixStream::set_line(bool cut, std::chrono::milliseconds delay) {
    cut_ = cut;
    delay_ = delay;
    if (!cut || fd_ < 0) return;
    ::close(fd_);
    fd_ = -1;
    write_blocked_ = false;
    held_until_.reset();
    (void)fail_with(ENETDOWN);
}

std::uint64_t PosixStream::us_until(Time time) {
    const auto left = std::chrono::ceil<std::chrono::microseconds>(time - std::chrono::steady_clock::now()).count();
    return left > 0 ? static_cast<std::uint64_t>(left) : 1;
}

/// From the moment that bytes are there until `delay_` later; then all that is there may be read.
bool PosixStream::holds_back() {
    if (delay_.count() == 0) return false;
    pollfd ready{fd_, POLLIN, 0};
    if (!held_until_ && ::poll(&ready, 1, 0) > 0) held_until_ = std::chrono::steady_clock::now() + delay_;
    if (held_until_ && std::chrono::steady_clock::now() < *held_until_) return true;
    held_until_.reset();
    return false;
}

void PosixStream::do_close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    write_blocked_ = false;
    held_until_.reset();
    state_ = StreamState::Closed;
    error_ = StreamError::None;
}

}  // namespace wasmbed::sim
