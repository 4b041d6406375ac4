// A client's TLS on a socket that does not block, driven by an event loop.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "host/base/task.hpp"

extern "C" {
struct ssl_st;
}

namespace wasmbed::simulator {

struct SslDelete {
    void operator()(ssl_st* ssl) const;
};
using SslPtr = std::unique_ptr<ssl_st, SslDelete>;

/// One connection. Callbacks come from the event loop, none after `close`.
class TlsSocket : public std::enable_shared_from_this<TlsSocket> {
  public:
    struct Events {
        std::function<void()> opened;  ///< TLS is up
        std::function<void(Bytes plaintext)> received;
        std::function<void()> writable;                      ///< what did not fit before may fit now
        std::function<void(const std::string& why)> closed;  ///< by the peer, or by an error
    };

    /// Starts to connect to "host:port" (numeric). `ssl`: client state, with its credentials.
    static std::shared_ptr<TlsSocket> connect(IoContext& io, const std::string& address, SslPtr ssl, Events events);
    /// Takes as much as fits now; how much that was. Only once it is open.
    std::size_t write(Bytes plaintext);
    /// Ends the connection; with `orderly` after a close_notify.
    void close(bool orderly);

  private:
    TlsSocket(IoContext& io, SslPtr ssl, Events events)
        : socket_(io), ssl_(std::move(ssl)), events_(std::move(events)) {}

    void start(const boost::asio::ip::tcp::endpoint& to);
    void wait(boost::asio::ip::tcp::socket::wait_type what);
    void drive();
    void read();
    void fail(const std::string& why);
    bool wants(int result);

    boost::asio::ip::tcp::socket socket_;
    SslPtr ssl_;
    Events events_;
    bool up_ = false, over_ = false;
    bool reading_ = false, writing_ = false;
};

}  // namespace wasmbed::simulator
