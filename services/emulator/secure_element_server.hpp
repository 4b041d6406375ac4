// The line between an emulated board and its secure element: a Unix socket that QEMU's UART connects to.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>

#include "host/base/task.hpp"
#include "services/emulator/secure_element.hpp"

namespace wasmbed::emulator {

class SecureElementServer {
  public:
    SecureElementServer(IoContext& io, SecureElement element)
        : acceptor_(io), line_(io), element_(std::move(element)) {}

    /// Listens at `path`, in place of whatever is there. Before the board starts: QEMU connects once.
    Result<void, std::string> listen(const std::filesystem::path& path);
    /// Serves one line after the other until cancelled.
    Task<> serve();

  private:
    Task<> talk();

    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::local::stream_protocol::socket line_;
    SecureElement element_;
};

}  // namespace wasmbed::emulator
