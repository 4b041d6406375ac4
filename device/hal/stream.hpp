// One client connection that carries bytes in order: TCP through lwIP or POSIX sockets, or a serial line.
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::hal {

enum class StreamState : std::uint8_t {
    Closed,      ///< never connected, or closed by `close`
    Connecting,  ///< name lookup and connection setup are under way
    Open,
    PeerClosed,  ///< the peer sent its end; bytes received before can still be read, nothing can be written
    Failed,      ///< see `error`; what was not read is lost
};

enum class StreamError : std::uint8_t {
    None,
    BadAddress,   ///< not "host:port" with a port in 1..65535 and a host of 1..127 characters
    NotResolved,  ///< the name has no address, or no server answered
    Refused,      ///< the peer refused the connection
    TimedOut,     ///< the peer did not answer
    Reset,        ///< the peer reset the connection
    Unreachable,  ///< no route, or no network
    NoMemory,     ///< no buffer or connection slot left
    NotOpen,      ///< read or write on a stream that is not open
    Busy,         ///< connect on a stream that is not closed
    Other,
};
[[nodiscard]] const char* text_of(StreamError error);

/// No call blocks. State changes happen in `Network::poll` (or in the calls themselves where there is no Network).
class Stream {
  public:
    /// Starts to connect to "host:port" ("10.0.2.2:8443", "gw.example:8443", "[::1]:8443"); `address` is copied. The
    /// stream must be Closed (else Busy). An error returned here leaves it Closed.
    [[nodiscard]] Result<void, StreamError> connect(std::string_view address) { return do_connect(address); }
    [[nodiscard]] StreamState state() const { return do_state(); }
    /// Why the state is Failed, else None.
    [[nodiscard]] StreamError error() const { return do_error(); }
    /// Takes received bytes, at most `out.size()`. 0: nothing now (or, in PeerClosed, ever again). NotOpen unless Open
    /// or PeerClosed.
    [[nodiscard]] Result<std::size_t, StreamError> read(MutableBytes out) { return do_read(out); }
    /// Takes over as much of `data` as there is room for; 0: no room now. Sent without further calls. NotOpen unless
    /// Open.
    [[nodiscard]] Result<std::size_t, StreamError> write(Bytes data) { return do_write(data); }
    /// Ends the connection from any state: Closed at once, the peer sees an orderly end where that is possible.
    void close() { do_close(); }

  protected:
    ~Stream() = default;

  private:
    virtual Result<void, StreamError> do_connect(std::string_view address) = 0;
    virtual StreamState do_state() const = 0;
    virtual StreamError do_error() const = 0;
    virtual Result<std::size_t, StreamError> do_read(MutableBytes out) = 0;
    virtual Result<std::size_t, StreamError> do_write(Bytes data) = 0;
    virtual void do_close() = 0;
};

/// The two parts of "host:port" ("[host]:port" for IPv6); BadAddress otherwise. The host points into `address`.
struct HostPort {
    std::string_view host;
    std::uint16_t port;
};
[[nodiscard]] Result<HostPort, StreamError> parse_host_port(std::string_view address);

}  // namespace wasmbed::hal
