// An HTTP client, over TLS but to this very machine: requests over kept-alive connections, and responses read as
// streams.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "host/base/task.hpp"
#include "host/net/http.hpp"
#include "host/net/tls.hpp"

namespace wasmbed::net {

struct ClientRequest {
    std::string method = "GET";
    std::string target{};  ///< path and query, as sent
    Headers headers{};
    std::string body{};
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

/// A response body that arrives over time. Destroying it closes the connection.
class ResponseStream {
  public:
    virtual ~ResponseStream() = default;

    virtual int status() const = 0;
    virtual const Headers& headers() const = 0;

    /// The next bytes, as they come; empty at the end of the body. Waits at most `idle_max`.
    virtual Task<Result<std::string, NetError>> read_some(SteadyClock::duration idle_max) = 0;

    /// The next line without its newline; none at the end of the body. A line over 16 MiB is a protocol error.
    virtual Task<Result<std::optional<std::string>, NetError>> next_line(SteadyClock::duration idle_max) = 0;

    /// Everything that is left, up to 16 MiB: for error bodies.
    virtual Task<Result<std::string, NetError>> read_all(SteadyClock::duration idle_max) = 0;
};

/// Talks to one server. Any number of requests may be made at once; kRequestsMax of them run, each on a connection of
/// its own, and the others wait for one of these in the order they came: a TLS handshake costs more than the wait.
/// Streams have connections of their own. Belongs to the event loop it was made with.
class HttpClient {
  public:
    /// Requests under way at one time.
    static constexpr std::size_t kRequestsMax = 8;

    /// `base_url`: "https://host:port", optionally with a path that is put before every target. Plain http is taken for
    /// numeric loopback addresses only.
    HttpClient(IoContext& io, std::string base_url, ClientTls tls, std::string bearer_token = {});
    ~HttpClient();

    /// Sends one request and reads the whole answer, whatever its status. A kept connection that turns out to be closed
    /// is replaced, and the request sent again, once.
    Task<Result<ClientResponse, NetError>> request(ClientRequest request, OpContext context);

    /// Sends one request and returns after the header of the answer. `context` covers the time until then.
    Task<Result<std::unique_ptr<ResponseStream>, NetError>> open_stream(ClientRequest request, OpContext context);

    const std::string& base_url() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace wasmbed::net
