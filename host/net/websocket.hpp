// The server's side of a WebSocket (RFC 6455): text messages both ways over a connection that began as a request.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "host/base/task.hpp"

namespace wasmbed::net {

/// One open WebSocket. At most one `read` and one `write` at a time. Pings keep it alive; a peer that answers none is
/// dropped.
class WebSocket {
  public:
    /// Messages over this end the connection.
    static constexpr std::size_t kMessageBytesMax = 64 * 1024;

    virtual ~WebSocket() = default;

    /// The next message of the peer; none when the connection has ended, in good order or not.
    virtual Task<std::optional<std::string>> read() = 0;

    /// Sends one text message (UTF-8). False when the connection has ended.
    virtual Task<bool> write(std::string text) = 0;

    /// Says goodbye with an application's code (4000 to 4999, RFC 6455 section 7.4.2); a `read` under way then ends.
    virtual Task<> close(std::uint16_t code, std::string reason) = 0;

    /// Ends the connection at once: `read` and `write` under way return.
    virtual void abort() = 0;
};

/// What a handler gives back to take a request over as a WebSocket. Owned by the connection. `run` is not cancelled:
/// when the server stops, the connection is closed, and `read` returns none.
class WebSocketBody {
  public:
    virtual ~WebSocketBody() = default;
    virtual Task<> run(WebSocket& socket) = 0;
};

}  // namespace wasmbed::net
