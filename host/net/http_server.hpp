// An HTTP server, over TLS unless told otherwise: requests in, responses or streams out, with limits on everything a
// peer controls.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/task.hpp"
#include "host/net/http.hpp"
#include "host/net/tls.hpp"
#include "host/net/websocket.hpp"

namespace wasmbed::net {

/// Who is at the other end, as the TLS handshake proved it.
struct Peer {
    std::string address;  ///< "127.0.0.1:51234"
    bool has_certificate = false;
    std::string ca;  ///< ClientCa::name of the CA that verified the certificate
    std::string common_name;
    std::vector<std::string> organizations;
    std::vector<std::string> uris;  ///< SAN URIs
};

struct Request {
    std::string method;  ///< upper case
    std::string target;  ///< as sent
    std::string path;    ///< target without query, not decoded
    Query query;
    Headers headers;
    std::string body;
    Peer peer;

    /// The path's segments, percent-decoded: "/v1/namespaces/a" gives {"v1", "namespaces", "a"}.
    std::vector<std::string> segments() const;
    /// The token of "Authorization: Bearer TOKEN", or none.
    std::optional<std::string> bearer_token() const;
};

/// The way out of a streaming response.
class BodyWriter {
  public:
    virtual ~BodyWriter() = default;
    /// Sends one chunk and returns when the kernel has taken it. A peer that does not read for
    /// ServerOptions::write_timeout is dropped: this then throws, as it does when the peer has gone. Let it unwind.
    virtual Task<> write(std::string chunk) = 0;
};

/// A response body that is produced over time. Owned by the connection; cancelled when the peer closes or the server
/// stops.
class StreamBody {
  public:
    virtual ~StreamBody() = default;
    virtual Task<> run(BodyWriter& writer) = 0;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::unique_ptr<StreamBody> stream;  ///< instead of body: sent chunked
    /// Instead of all that, for a request that asks for a WebSocket; another is answered 426.
    std::unique_ptr<WebSocketBody> websocket;
    Headers headers;  ///< further ones; Cache-Control instead of the usual "no-cache, private"

    static Response text(int status, std::string body);
};

struct ServerOptions {
    std::string address = "127.0.0.1";  ///< numeric IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: any free one; see HttpServer::port
    ServerTls tls;
    bool plain = false;  ///< HTTP without TLS: for loopback only, where no network can read along
    std::size_t header_bytes_max = 32 * 1024;
    std::size_t body_bytes_max = 3 * 1024 * 1024;  ///< as kube-apiserver; larger bodies are answered 413
    std::size_t connections_max = 2000;            ///< further ones are closed at once
    std::chrono::seconds handshake_timeout{10};
    std::chrono::seconds request_timeout{30};  ///< from first to last byte of a request
    std::chrono::seconds idle_timeout{120};    ///< between requests of one connection
    std::chrono::seconds write_timeout{15};    ///< without progress
    std::chrono::seconds stop_timeout{3};      ///< for requests under way when the server stops
};

/// Answers one request. May be called for many connections at once, interleaved at co_await. An exception becomes 500.
using Handler = std::function<Task<Response>(Request)>;

class HttpServer {
  public:
    HttpServer(IoContext& io, ServerOptions options, Handler handler);
    ~HttpServer();

    /// Binds, listens and starts to accept. The error says which address or which PEM was wrong, and why.
    Result<void, std::string> start();

    /// The bound port; valid after `start`.
    std::uint16_t port() const;

    /// Connections that are open now.
    std::size_t connections() const;

    /// Stops accepting, cancels streams, lets requests under way end within stop_timeout, then closes. Await it before
    /// the server is destroyed.
    Task<> stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wasmbed::net
