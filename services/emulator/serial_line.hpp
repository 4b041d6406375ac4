// The line between a board's UART and a gateway's serial port (docs/reference/serial-link.md), which can be cut.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "host/base/task.hpp"

namespace wasmbed::emulator {

/// A serial bridge: carries bytes between the board, which connects to `port`, and the gateway. While it is cut, what
/// the board sends is lost, and the gateway's end is closed; the board notices nothing, as with a cable.
class SerialLine {
  public:
    explicit SerialLine(IoContext& io) : acceptor_(io), board_(io), gateway_(io), changed_(io) {}

    /// Takes any free port of the loopback address. Before the board starts.
    Result<void, std::string> listen();
    std::uint16_t port() const { return port_; }

    /// Carries bytes to and from `host`:`service` until cancelled; connects again when an end is closed.
    Task<> serve(std::string host, std::string service);

    /// From now on; each part of what is sent waits for `delay`.
    void set(bool cut, std::chrono::milliseconds delay);

  private:
    using Socket = boost::asio::ip::tcp::socket;

    Task<> follow_board();
    Task<> follow_gateway(std::string host, std::string service);
    Task<> pass_on(Socket& to, std::string bytes);
    static void close(Socket& socket);

    boost::asio::ip::tcp::acceptor acceptor_;
    Socket board_;
    Socket gateway_;
    Notifier changed_;
    std::uint16_t port_ = 0;
    bool cut_ = false;
    std::chrono::milliseconds delay_{0};
};

}  // namespace wasmbed::emulator
