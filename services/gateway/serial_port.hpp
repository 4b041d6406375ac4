// The TCP port for serial bridges: devices without a network, whose UART somebody carries here byte for byte
// (docs/reference/serial-link.md).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "host/base/task_group.hpp"

namespace wasmbed::gateway {

/// Each connection is one line with one device at its end. A line lives longer than the device's sessions: each
/// ClientHello on it begins a new one, which gets a connection of its own to the device port; TLS, limits and sessions
/// are that port's business. When such a connection ends, the line says "hang-up".
class SerialPort {
  public:
    explicit SerialPort(IoContext& io) : io_(io), acceptor_(io) {}

    /// Binds "host:port" (numeric; port 0 picks one) and gives the port, or why it cannot.
    Result<std::uint16_t, std::string> listen(const std::string& address);
    /// Accepts until cancelled, as tasks of `tasks`. `device_port` is where sessions are taken.
    void start(TaskGroup& tasks, boost::asio::ip::tcp::endpoint device_port);
    void stop_accepting();

  private:
    Task<> accept_lines(TaskGroup& tasks, boost::asio::ip::tcp::endpoint device_port);

    IoContext& io_;
    boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace wasmbed::gateway
