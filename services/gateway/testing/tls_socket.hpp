// A TlsClient on a blocking loopback socket.
#pragma once

#include <chrono>
#include <functional>

#include "services/gateway/testing/tls_client.hpp"

namespace wasmbed::gateway::testing {

/// How long tests wait for what must happen; generous, because machines are slow at times.
inline constexpr std::chrono::seconds kPatience{20};

/// A connected TCP socket on 127.0.0.1, closed with the object.
class LoopbackSocket {
  public:
    explicit LoopbackSocket(std::uint16_t port);
    ~LoopbackSocket();
    LoopbackSocket(const LoopbackSocket&) = delete;

    void send(Bytes bytes);
    /// Waits for bytes; empty when the peer closed or nothing came in time.
    std::vector<std::uint8_t> receive(std::chrono::milliseconds limit);
    bool closed() const { return closed_; }

  private:
    int fd_;
    bool closed_ = false;
};

class TlsSocket {
  public:
    TlsSocket(std::uint16_t port, const TlsClientOptions& options) : tls_(options), socket_(port) { flush(); }

    /// Moves bytes both ways until `done`, the connection's end, or `limit`; gives `done()`.
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit = kPatience);
    bool handshake() {
        return run_until([this] { return tls_.handshake_done(); });
    }
    void send(Bytes plaintext) {
        tls_.send(plaintext);
        flush();
    }
    /// True when the server ends the connection (in any way) in time.
    bool wait_closed();

    TlsClient& tls() { return tls_; }
    bool closed() const { return socket_.closed() || tls_.failed(); }

  private:
    void flush() { socket_.send(tls_.take_output()); }

    TlsClient tls_;
    LoopbackSocket socket_;
};

}  // namespace wasmbed::gateway::testing
