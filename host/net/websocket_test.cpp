// The server's WebSocket and plain HTTP, against Beast's client on loopback.
#include "host/net/websocket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "host/net/http_client.hpp"
#include "host/net/testing/served_test.hpp"

namespace wasmbed::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using Client = ws::stream<beast::tcp_stream>;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

/// Sends back what it gets; "bye" ends it with code 4401.
class Echo final : public WebSocketBody {
  public:
    explicit Echo(bool& ended) : ended_(ended) {}
    Task<> run(WebSocket& socket) override {
        while (auto message = co_await socket.read()) {
            if (*message == "bye") {
                co_await socket.close(4401, "session ended");
            } else {
                co_await socket.write("echo " + *message);
            }
        }
        ended_ = true;
    }

  private:
    bool& ended_;
};

struct WebSocketTest : ServedTest {
    WebSocketTest() {
        ServerOptions options;
        options.plain = true;
        server.emplace(io, options, [this](Request request) { return handle(std::move(request)); });
        if (auto started = server->start(); !started) throw std::runtime_error(started.error());
    }

    Task<Response> handle(Request request) {
        if (request.path != "/socket") co_return Response::text(404, "no such path");
        Response response;
        response.websocket = std::make_unique<Echo>(echo_ended);
        co_return response;
    }

    Task<beast::error_code> connect(Client& client, std::string path) {
        beast::get_lowest_layer(client).expires_after(kGenerous);
        co_await beast::get_lowest_layer(client).async_connect(
            asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), server->port()), asio::use_awaitable);
        auto [error] = co_await client.async_handshake("127.0.0.1", path, kAwait);
        co_return error;
    }

    Task<std::string> ask(Client& client, std::string text) {
        co_await client.async_write(asio::buffer(text), asio::use_awaitable);
        beast::flat_buffer buffer;
        auto [error, count] = co_await client.async_read(buffer, kAwait);
        co_return error ? error.message() : std::string(static_cast<const char*>(buffer.cdata().data()), buffer.size());
    }

    bool echo_ended = false;
};

Task<> check_messages(WebSocketTest& test) {
    Client client(test.io);
    auto error = co_await test.connect(client, "/socket");
    EXPECT_FALSE(error) << error.message();
    EXPECT_EQ(co_await test.ask(client, "a"), "echo a");
    EXPECT_EQ(co_await test.ask(client, std::string(50'000, 'x')), "echo " + std::string(50'000, 'x'));
    co_await test.ask(client, "bye");
    EXPECT_EQ(client.reason().code, 4401);
}
TEST_F(WebSocketTest, carries_messages_both_ways_and_closes_with_a_code) {
    run(check_messages(*this));
    EXPECT_TRUE(echo_ended);
}

Task<> check_oversized(WebSocketTest& test) {
    Client client(test.io);
    co_await test.connect(client, "/socket");
    co_await test.ask(client, std::string(WebSocket::kMessageBytesMax + 1, 'x'));
    EXPECT_EQ(client.reason().code, ws::close_code::too_big);
}
TEST_F(WebSocketTest, refuses_a_message_over_the_limit) {
    run(check_oversized(*this));
    EXPECT_TRUE(echo_ended);
}

Task<> check_refusals(WebSocketTest& test) {
    Client client(test.io);
    auto error = co_await test.connect(client, "/other");
    EXPECT_EQ(error, ws::error::upgrade_declined);
    HttpClient plain(test.io, "http://127.0.0.1:" + std::to_string(test.server->port()), {});
    auto answer = co_await plain.request({.target = "/socket"}, OpContext::within(kGenerous));
    EXPECT_TRUE(answer && answer->status == 426);
    answer = co_await plain.request({.target = "/other"}, OpContext::within(kGenerous));
    EXPECT_TRUE(answer && answer->status == 404);
}
TEST_F(WebSocketTest, lets_the_handler_refuse_and_sends_other_requests_away) {
    run(check_refusals(*this));
}

Task<> check_stop(WebSocketTest& test, Client& client) {
    co_await test.connect(client, "/socket");
    co_await test.ask(client, "a");
}
TEST_F(WebSocketTest, ends_with_the_server) {
    Client client(io);
    run(check_stop(*this, client));
    EXPECT_TRUE(echo_ended);
}

}  // namespace
}  // namespace wasmbed::net
