#include "services/simulator/tls_socket.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <charconv>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace wasmbed::simulator {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 16 * 1024;

bool parse_address(const std::string& text, tcp::endpoint& endpoint) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return false;
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data() + colon + 1, end, port);
    error_code error;
    const auto address = boost::asio::ip::make_address(text.substr(0, colon), error);
    endpoint = {address, port};
    return code == std::errc{} && rest == end && !error;
}

}  // namespace

void SslDelete::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}

std::shared_ptr<TlsSocket> TlsSocket::connect(IoContext& io, const std::string& address, SslPtr ssl, Events events) {
    std::shared_ptr<TlsSocket> made{new TlsSocket(io, std::move(ssl), std::move(events))};
    tcp::endpoint endpoint;
    if (parse_address(address, endpoint)) {
        made->start(endpoint);
    } else {
        boost::asio::post(io, [made, address] { made->fail("'" + address + "' is not ADDRESS:PORT"); });
    }
    return made;
}

void TlsSocket::start(const tcp::endpoint& to) {
    socket_.async_connect(to, [self = shared_from_this()](const error_code& error) {
        if (self->over_) return;
        if (error) return self->fail(error.message());
        error_code ignored;
        self->socket_.non_blocking(true, ignored);
        self->socket_.set_option(tcp::no_delay(true), ignored);
        SSL_set_fd(self->ssl_.get(), self->socket_.native_handle());
        SSL_set_connect_state(self->ssl_.get());
        self->drive();
    });
}

void TlsSocket::wait(tcp::socket::wait_type what) {
    bool& waiting = what == tcp::socket::wait_read ? reading_ : writing_;
    if (waiting || over_) return;
    waiting = true;
    socket_.async_wait(what, [self = shared_from_this(), what](const error_code& error) {
        (what == tcp::socket::wait_read ? self->reading_ : self->writing_) = false;
        if (self->over_) return;
        if (error) return self->fail(error.message());
        self->drive();
        if (what == tcp::socket::wait_write && self->up_ && !self->over_) self->events_.writable();
    });
}

void TlsSocket::drive() {
    if (!up_) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        if (result != 1) return void(wants(result));
        up_ = true;
        events_.opened();
    }
    if (!over_) read();
}

void TlsSocket::read() {
    // One buffer for all: it is used up before the next call.
    static thread_local std::array<std::uint8_t, kReadBytes> buffer;
    while (!over_) {
        std::size_t got = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &got);
        if (result != 1) return void(wants(result));
        events_.received(Bytes{buffer}.first(got));
    }
}

std::size_t TlsSocket::write(Bytes plaintext) {
    if (!up_ || over_ || plaintext.empty()) return 0;
    std::size_t written = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written);
    if (result == 1) return written;
    wants(result);
    return 0;
}

/// Waits for what OpenSSL wants; false when it wants nothing any more.
bool TlsSocket::wants(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            wait(tcp::socket::wait_read);
            return true;
        case SSL_ERROR_WANT_WRITE:
            wait(tcp::socket::wait_write);
            return true;
        case SSL_ERROR_ZERO_RETURN:
            return fail("closed by the gateway"), false;
        default: {
            const char* reason = ERR_reason_error_string(ERR_peek_last_error());
            return fail(reason != nullptr ? reason : "connection lost"), false;
        }
    }
}

void TlsSocket::fail(const std::string& why) {
    if (over_) return;
    const auto self = shared_from_this();
    close(false);
    events_.closed(why);
}

void TlsSocket::close(bool orderly) {
    if (over_) return;
    over_ = true;
    if (orderly && up_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace wasmbed::simulator
