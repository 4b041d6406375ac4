#include "host/net/websocket_session.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "host/base/log.hpp"

namespace wasmbed::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
namespace ws = boost::beast::websocket;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kHandshakeMax = std::chrono::seconds(10);
/// Without a sign of life; Beast pings when half of it has passed.
constexpr auto kIdleMax = std::chrono::seconds(40);

class Session final : public WebSocket {
  public:
    explicit Session(NetStream& stream) : stream_(stream), socket_(stream) {
        socket_.set_option(ws::stream_base::timeout{kHandshakeMax, kIdleMax, true});
        socket_.read_message_max(kMessageBytesMax);
        socket_.text(true);
    }

    Task<bool> accept(const Request& request) {
        bhttp::request<bhttp::empty_body> head;
        head.method(bhttp::verb::get);
        head.target(request.target);
        for (const auto& [name, value] : request.headers) head.insert(name, value);
        stream_.next_layer().expires_never();  // from here on Beast's own timeouts count
        auto [error] = co_await socket_.async_accept(head, kAwait);
        if (error) log_debug("WebSocket handshake failed", {{"error", error.message()}});
        co_return !error;
    }

    Task<std::optional<std::string>> read() override {
        beast::flat_buffer buffer;
        auto [error, count] = co_await socket_.async_read(buffer, kAwait);
        if (error) co_return std::nullopt;
        co_return std::string(static_cast<const char*>(buffer.cdata().data()), buffer.size());
    }

    Task<bool> write(std::string text) override {
        auto [error, count] = co_await socket_.async_write(asio::buffer(text), kAwait);
        co_return !error;
    }

    Task<> close(std::uint16_t code, std::string reason) override {
        ws::close_reason why(code);
        why.reason = reason;
        co_await socket_.async_close(why, kAwait);
    }

    void abort() override {
        boost::system::error_code ignored;
        stream_.next_layer().socket().shutdown(asio::socket_base::shutdown_both, ignored);
        stream_.next_layer().cancel();
    }

  private:
    NetStream& stream_;
    ws::stream<NetStream&> socket_;
};

bool contains_without_case(std::string_view text, std::string_view word) {
    return boost::algorithm::icontains(text, word);
}

}  // namespace

bool asks_for_websocket(const Request& request) {
    return request.method == "GET" && beast::iequals(request.headers.get("Upgrade"), "websocket") &&
           contains_without_case(request.headers.get("Connection"), "upgrade");
}

Task<> run_websocket(NetStream& stream, const Request& request, WebSocketBody& body) {
    // Beast's WebSocket operations are ended by closing the connection, not by cancelling the coroutine; what `body`
    // started must be awaited then, which a cancelled coroutine cannot.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    Session session(stream);
    const bool accepted = co_await session.accept(request);
    if (accepted) co_await body.run(session);
}

}  // namespace wasmbed::net
