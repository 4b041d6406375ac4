// One TLS client of the load generator: a socket, OpenSSL, and a speaker of the protocol on top.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string>

#include "core/base/bytes.hpp"

namespace wasmbed::bench {

/// The protocol above TLS.
class Speaker {
  public:
    virtual ~Speaker() = default;
    /// TLS is up.
    virtual void connected() = 0;
    virtual void received(Bytes plaintext) = 0;
    /// What to send next; valid until the next call.
    virtual Bytes output() = 0;
    virtual void consumed(std::size_t bytes) = 0;
    /// The server has accepted the session.
    virtual bool ready() const = 0;
    /// Makes messages until `window` are not acknowledged.
    virtual void offer(std::size_t window) = 0;
    virtual std::uint64_t acknowledged() const = 0;
    /// Heartbeats; called about once a second.
    virtual void tick() {}
};

/// Certificate and key of one client. Owned by whoever loaded them.
struct Credentials {
    X509* certificate = nullptr;
    EVP_PKEY* key = nullptr;
};

/// Non-blocking; `drive` it when its socket became readable or writable (edge-triggered epoll).
class Client {
  public:
    /// Connects to 127.0.0.1:`port`. Throws std::runtime_error when the machine refuses.
    Client(SSL_CTX* context, std::uint16_t port, const Credentials& credentials, std::unique_ptr<Speaker> speaker);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Moves bytes both ways as far as it goes.
    void drive();
    /// Says close_notify; `closed` becomes true when the server has answered by closing.
    void close();

    int fd() const { return fd_; }
    bool tls_up() const { return tls_up_; }
    bool closed() const { return closed_; }
    /// Why it closed by itself; empty after an orderly end.
    const std::string& error() const { return error_; }
    Speaker& speaker() { return *speaker_; }

  private:
    void read();
    void write();
    void fail(int result);

    int fd_;
    SSL* ssl_;
    std::unique_ptr<Speaker> speaker_;
    std::string error_;
    bool tls_up_ = false;
    bool closing_ = false;
    bool closed_ = false;
};

}  // namespace wasmbed::bench
