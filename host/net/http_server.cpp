#include "host/net/http_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <list>

#include "core/base/utf8.hpp"
#include "host/base/log.hpp"
#include "host/base/task_group.hpp"
#include "host/net/net_stream.hpp"
#include "host/net/tls_context.hpp"
#include "host/net/websocket_session.hpp"

namespace wasmbed::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// How much of a body is written under one write_timeout: small enough that a slow but living peer gets through.
constexpr std::size_t kWriteSliceBytes = 64 * 1024;
/// Pause after a failed accept (no free file descriptors, for instance), so that the loop does not spin.
constexpr auto kAcceptPause = std::chrono::milliseconds(50);

constexpr auto kDrainMax = std::chrono::seconds(2);
constexpr std::size_t kDrainBytesMax = 16 * 1024 * 1024;

struct Connection {
    Connection(IoContext& io, tcp::socket socket, asio::ssl::context* context)
        : stream(std::move(socket), context), end_stream(io) {}

    NetStream stream;
    beast::flat_buffer buffer;
    Notifier end_stream;  // the server stops: end a streaming response
    Peer peer;
    bool busy = false;       // a request is under way
    bool websocket = false;  // ended by closing, and in no other way

    beast::tcp_stream& tcp_layer() { return stream.next_layer(); }
};

using Connections = std::list<Connection*>;

/// An error answer that HTTP itself asks for, before any handler was called.
Response plain_error(int status, std::string message) {
    return Response::text(status, std::move(message) + "\n");
}

std::string head_of(const Response& response, bool keep_alive) {
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
    head += std::string_view(bhttp::obsolete_reason(bhttp::int_to_status(unsigned(response.status))));
    head += "\r\nContent-Type: " + response.content_type + "\r\n";
    if (response.stream) {
        head += "Transfer-Encoding: chunked\r\n";
    } else if (response.status != 204 && response.status != 304) {  // these have none (RFC 9110 section 8.6)
        head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    }
    for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
    if (response.headers.get("Cache-Control").empty()) head += "Cache-Control: no-cache, private\r\n";
    head += "X-Content-Type-Options: nosniff\r\n";
    head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    return head;
}

/// Writes in slices, each under its own timeout. Throws when the peer is gone or does not read.
Task<> write_all(Connection& connection, std::string_view bytes, SteadyClock::duration timeout) {
    while (!bytes.empty()) {
        auto slice = bytes.substr(0, kWriteSliceBytes);
        bytes.remove_prefix(slice.size());
        connection.tcp_layer().expires_after(timeout);
        co_await asio::async_write(connection.stream, asio::buffer(slice), asio::use_awaitable);
    }
}

class ChunkWriter final : public BodyWriter {
  public:
    ChunkWriter(Connection& connection, SteadyClock::duration timeout) : connection_(connection), timeout_(timeout) {}

    Task<> write(std::string chunk) override {
        if (chunk.empty()) co_return;  // an empty chunk would end the body
        char size[24];
        std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
        chunk.insert(0, size);
        chunk += "\r\n";
        co_await write_all(connection_, chunk, timeout_);
    }

  private:
    Connection& connection_;
    SteadyClock::duration timeout_;
};

/// Runs the body to its end. False when it broke off; never throws, so that `||` ends with the first of its operands.
Task<bool> run_body(StreamBody& body, BodyWriter& writer) {
    try {
        co_await body.run(writer);
        co_return true;
    } catch (const boost::system::system_error& e) {
        log_debug("streaming response ended", {{"error", e.what()}});
    } catch (const std::exception& e) {
        if (!is_cancellation(std::current_exception())) {
            log_error("streaming response failed", {{"error", e.what()}});
        }
    }
    co_return false;
}

/// Returns when the peer closes, or sends anything: a client has nothing to say while it gets a stream.
Task<> peer_closed(Connection& connection) {
    char byte;
    connection.tcp_layer().expires_never();
    co_await connection.stream.async_read_some(asio::buffer(&byte, 1), kAwait);
}

/// Reads on for a moment after an error answer: closing with unread bytes would reset the connection, and the peer
/// would lose the answer.
Task<> drain(Connection& connection) {
    char scrap[4096];
    connection.tcp_layer().expires_after(kDrainMax);
    for (std::size_t total = 0; total < kDrainBytesMax;) {
        auto [error, count] = co_await connection.stream.async_read_some(asio::buffer(scrap), kAwait);
        if (error) co_return;
        total += count;
    }
}

Request make_request(bhttp::request<bhttp::string_body>&& message, const Peer& peer) {
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    auto question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos) request.query = Query(std::string_view(request.target).substr(question + 1));
    for (const auto& field : message) request.headers.add(std::string(field.name_string()), std::string(field.value()));
    request.body = std::move(message.body());
    request.peer = peer;
    return request;
}

}  // namespace

std::vector<std::string> Request::segments() const {
    std::vector<std::string> found;
    std::string_view rest = path;
    while (!rest.empty()) {
        auto end = rest.find('/');
        if (end != 0) found.push_back(percent_decode(rest.substr(0, end)));
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return found;
}

std::optional<std::string> Request::bearer_token() const {
    constexpr std::string_view kPrefix = "Bearer ";
    auto value = headers.get("Authorization");
    if (!value.starts_with(kPrefix)) return {};
    return std::string(value.substr(kPrefix.size()));
}

Response Response::text(int status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(body);
    return response;
}

struct HttpServer::State {
    State(IoContext& context, ServerOptions o, Handler h)
        : io(context), options(std::move(o)), handler(std::move(h)), acceptor(context), group(context) {}

    Result<void, std::string> listen();
    Task<> accept_loop();
    Task<> serve(tcp::socket socket);
    Task<bool> handshake(Connection& connection);
    Task<bool> serve_one(Connection& connection);
    Task<bool> answer(Connection& connection, Request request, bool keep_alive);
    Task<bool> send(Connection& connection, Response response, bool keep_alive, bool with_body);
    Task<bool> answer_websocket(Connection& connection, Request request);
    Task<Response> call_handler(Request request);

    IoContext& io;
    ServerOptions options;
    Handler handler;
    std::unique_ptr<ServerContext> tls;
    tcp::acceptor acceptor;
    /// Shared with the connections' coroutines: when a program ends without `stop`, their frames go with the event
    /// loop, after the server.
    std::shared_ptr<Connections> connections = std::make_shared<Connections>();
    bool stopping = false;
    TaskGroup group;
};

Result<void, std::string> HttpServer::State::listen() {
    if (!options.plain) {
        auto context = make_server_context(options.tls);
        if (!context) return fail(context.error());
        tls = std::move(*context);
    }
    error_code error;
    auto address = asio::ip::make_address(options.address, error);
    auto where = options.address + ":" + std::to_string(options.port);
    if (error) return fail("cannot listen on " + where + ": not a numeric IP address");
    tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail("cannot listen on " + where + ": " + error.message());
    return {};
}

Task<> HttpServer::State::accept_loop() {
    while (true) {
        auto [error, socket] = co_await acceptor.async_accept(kAwait);
        if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
        if (error) {
            log_warn("accept failed", {{"error", error.message()}});
            co_await sleep_for(kAcceptPause);
        } else if (connections->size() >= options.connections_max) {
            log_warn("connection refused, too many open", {{"limit", options.connections_max}});
        } else {
            group.spawn("connection", serve(std::move(socket)));
        }
    }
}

Task<bool> HttpServer::State::handshake(Connection& connection) {
    auto* encrypted = connection.stream.encrypted();
    if (!encrypted) co_return true;
    connection.tcp_layer().expires_after(options.handshake_timeout);
    auto [error] = co_await encrypted->async_handshake(asio::ssl::stream_base::server, kAwait);
    if (error) {
        log_debug("TLS handshake failed", {{"peer", connection.peer.address}, {"error", error.message()}});
        co_return false;
    }
    describe_peer(*tls, encrypted->native_handle(), connection.peer);
    co_return true;
}

Task<> HttpServer::State::serve(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto remote = socket.remote_endpoint(ignored);
    Connection connection(io, std::move(socket), tls ? &tls->context : nullptr);
    if (!ignored) connection.peer.address = remote.address().to_string() + ":" + std::to_string(remote.port());
    struct Listed {
        std::shared_ptr<Connections> list;
        Connections::iterator at;
        ~Listed() { list->erase(at); }
    } listed{connections, connections->insert(connections->end(), &connection)};
    bool open = co_await handshake(connection);
    while (open && !stopping) {
        connection.busy = false;
        open = co_await serve_one(connection);
    }
}

/// One request and its answer. False: close the connection.
Task<bool> HttpServer::State::serve_one(Connection& connection) {
    if (connection.buffer.size() == 0) {
        connection.tcp_layer().expires_after(options.idle_timeout);
        auto [error, count] = co_await connection.stream.async_read_some(connection.buffer.prepare(4096), kAwait);
        if (error) co_return false;
        connection.buffer.commit(count);
    }
    connection.busy = true;
    connection.tcp_layer().expires_after(options.request_timeout);
    bhttp::request_parser<bhttp::string_body> parser;
    parser.header_limit(std::uint32_t(options.header_bytes_max));
    parser.body_limit(options.body_bytes_max);
    auto [header_error, header_bytes] =
        co_await bhttp::async_read_header(connection.stream, connection.buffer, parser, kAwait);
    error_code error = header_error;
    if (!error && beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
        co_await write_all(connection, "HTTP/1.1 100 Continue\r\n\r\n", options.write_timeout);
        connection.tcp_layer().expires_after(options.request_timeout);
    }
    if (!error) {
        auto [body_error, body_bytes] =
            co_await bhttp::async_read(connection.stream, connection.buffer, parser, kAwait);
        error = body_error;
    }
    if (error) {
        if (error == bhttp::error::body_limit) {
            auto limit = std::to_string(options.body_bytes_max);
            co_await send(connection, plain_error(413, "request body over " + limit + " bytes"), false, true);
        } else if (error == bhttp::error::header_limit) {
            co_await send(connection, plain_error(431, "request header too large"), false, true);
        } else if (error.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
                   error != bhttp::error::end_of_stream && error != bhttp::error::partial_message) {
            co_await send(connection, plain_error(400, "not an HTTP request: " + error.message()), false, true);
        } else {
            co_return false;
        }
        co_await drain(connection);
        co_return false;
    }
    bool keep_alive = parser.get().keep_alive();
    // What is named in a path ends up in messages and objects, which are JSON.
    const std::string target = percent_decode(std::string_view(parser.get().target()));
    if (!utf8_valid(bytes_of(target))) {
        const bool with_body = parser.get().method() != bhttp::verb::head;
        co_return co_await send(connection, plain_error(400, "the path is not UTF-8"), keep_alive, with_body);
    }
    co_return co_await answer(connection, make_request(parser.release(), connection.peer), keep_alive);
}

Task<bool> HttpServer::State::answer(Connection& connection, Request request, bool keep_alive) {
    if (asks_for_websocket(request)) co_return co_await answer_websocket(connection, std::move(request));
    bool with_body = request.method != "HEAD";
    auto response = co_await call_handler(std::move(request));
    if (response.websocket) response = plain_error(426, "this path speaks WebSocket only");
    co_return co_await send(connection, std::move(response), keep_alive && !stopping, with_body);
}

/// Runs the WebSocket that the handler gives, or sends its refusal. The connection ends with it.
Task<bool> HttpServer::State::answer_websocket(Connection& connection, Request request) {
    auto response = co_await call_handler(request);
    if (!response.websocket) co_return co_await send(connection, std::move(response), false, true);
    connection.websocket = true;
    co_await run_websocket(connection.stream, request, *response.websocket);
    co_return false;
}

Task<Response> HttpServer::State::call_handler(Request request) {
    try {
        co_return co_await handler(std::move(request));
    } catch (const std::exception& e) {
        if (is_cancellation(std::current_exception())) throw;
        log_error("request handler failed", {{"error", e.what()}});
    }
    co_return plain_error(500, "internal error; the server's log says more");
}

/// True: the connection can take another request.
Task<bool> HttpServer::State::send(Connection& connection, Response response, bool keep_alive, bool with_body) {
    auto head = head_of(response, keep_alive);
    if (!response.stream) {
        // One write for head and small bodies: one TLS record, one packet.
        bool together = with_body && response.body.size() <= kWriteSliceBytes;
        if (together) head += response.body;
        co_await write_all(connection, head, options.write_timeout);
        if (with_body && !together) co_await write_all(connection, response.body, options.write_timeout);
        co_return keep_alive;
    }
    co_await write_all(connection, head, options.write_timeout);
    ChunkWriter writer(connection, options.write_timeout);
    auto ended =
        co_await (run_body(*response.stream, writer) || peer_closed(connection) || connection.end_stream.wait());
    if (ended.index() == 0 && std::get<0>(ended)) co_await write_all(connection, "0\r\n\r\n", options.write_timeout);
    co_return false;  // the read of peer_closed was cancelled in the middle: the TLS stream is not to be read any more
}

HttpServer::HttpServer(IoContext& io, ServerOptions options, Handler handler)
    : state_(std::make_unique<State>(io, std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() = default;

Result<void, std::string> HttpServer::start() {
    if (auto listening = state_->listen(); !listening) return listening;
    state_->group.spawn("accept", state_->accept_loop());
    return {};
}

std::uint16_t HttpServer::port() const {
    error_code ignored;
    return state_->acceptor.local_endpoint(ignored).port();
}

std::size_t HttpServer::connections() const {
    return state_->connections->size();
}

Task<> HttpServer::stop() {
    state_->stopping = true;
    error_code ignored;
    state_->acceptor.close(ignored);
    for (auto* connection : *state_->connections) {
        connection->end_stream.notify_all();
        if (!connection->busy || connection->websocket) connection->tcp_layer().cancel();
    }
    co_await (state_->group.join() || sleep_for(state_->options.stop_timeout));
    for (auto* connection : *state_->connections) connection->tcp_layer().cancel();
    co_await state_->group.stop();
}

}  // namespace wasmbed::net
