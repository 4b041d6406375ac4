#include "bench/gateway/client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace wasmbed::bench {
namespace {

int connect_loopback(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
        const std::string why = std::strerror(errno);
        ::close(fd);
        throw std::runtime_error("connect: " + why);
    }
    return fd;
}

}  // namespace

Client::Client(SSL_CTX* context, std::uint16_t port, const Credentials& credentials, std::unique_ptr<Speaker> speaker)
    : fd_(connect_loopback(port)), ssl_(SSL_new(context)), speaker_(std::move(speaker)) {
    SSL_set_fd(ssl_, fd_);
    SSL_use_certificate(ssl_, credentials.certificate);
    SSL_use_PrivateKey(ssl_, credentials.key);
    SSL_set_connect_state(ssl_);
}

Client::~Client() {
    SSL_free(ssl_);
    ::close(fd_);
}

void Client::drive() {
    if (closed_) return;
    ERR_clear_error();
    if (!tls_up_) {
        const int result = SSL_do_handshake(ssl_);
        if (result != 1) return fail(result);
        tls_up_ = true;
        speaker_->connected();
    }
    read();
    write();
}

void Client::read() {
    std::array<std::uint8_t, 16384> buffer;
    while (!closed_) {
        std::size_t got = 0;
        const int result = SSL_read_ex(ssl_, buffer.data(), buffer.size(), &got);
        if (result != 1) return fail(result);
        speaker_->received(Bytes{buffer}.first(got));
    }
}

void Client::write() {
    while (!closed_ && !closing_) {
        const Bytes output = speaker_->output();
        if (output.empty()) return;
        std::size_t written = 0;
        const int result = SSL_write_ex(ssl_, output.data(), output.size(), &written);
        if (result != 1) return fail(result);
        speaker_->consumed(written);
    }
}

void Client::close() {
    if (closed_ || closing_) return;
    closing_ = true;
    SSL_shutdown(ssl_);
    drive();
}

void Client::fail(int result) {
    const int reason = SSL_get_error(ssl_, result);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return;
    closed_ = true;
    if (closing_) return;
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    error_ = text != nullptr ? text : "the server closed the connection";
}

}  // namespace wasmbed::bench
