// The WebSocket of many streams, with Beast's client and a real API server.
#include "services/web/streams.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <gmock/gmock.h>

#include "services/web/testing/web_fixture.hpp"

namespace wasmbed::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using testing::HasSubstr;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr char kDevices[] = "/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices";

struct Socket {
    Socket(WebFixture& test, const Browser& browser) : stream(test.io), port(test.web->port()) {
        stream.set_option(ws::stream_base::decorator([browser](ws::request_type& request) {
            request.set("Cookie", browser.cookie);
            request.set("Origin", browser.origin);
        }));
    }

    Task<beast::error_code> connect() {
        auto& tcp = beast::get_lowest_layer(stream);
        tcp.expires_after(kGenerous);
        co_await tcp.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
        auto [error] = co_await stream.async_handshake("127.0.0.1:" + std::to_string(port), "/streams", kAwait);
        co_return error;
    }
    Task<> send(json::object message) {
        co_await stream.async_write(asio::buffer(json::serialize(message)), asio::use_awaitable);
    }
    /// Null when the connection has ended.
    Task<json::value> next() {
        beast::flat_buffer buffer;
        auto [error, count] = co_await stream.async_read(buffer, kAwait);
        if (error) co_return nullptr;
        co_return parse_json({static_cast<const char*>(buffer.cdata().data()), buffer.size()}).value();
    }

    ws::stream<beast::tcp_stream> stream;
    std::uint16_t port;
};

struct StreamsTest : WebFixture {};

std::string device(const std::string& name) {
    return R"({"apiVersion":"wasmbed.io/v1alpha1","kind":"Device","metadata":{"name":")" + name +
           R"("},"spec":{"board":"sim"}})";
}

Task<> check_watches(WebFixture& test) {
    auto editor = co_await test.log_in("editor");
    Socket socket(test, editor);
    EXPECT_FALSE(co_await socket.connect());
    co_await socket.send({{"open", "w"}, {"path", std::string(kDevices) + "?watch=1"}});
    auto opened = co_await socket.next();
    EXPECT_EQ(json_string(opened, {"id"}), "w");
    EXPECT_EQ(json_int(opened, {"status"}), 200);
    co_await editor.send("POST", kDevices, device("board-1"));
    auto event = co_await socket.next();
    EXPECT_THAT(std::string(json_string(event, {"text"})), HasSubstr("\"ADDED\""));
    EXPECT_TRUE(json_string(event, {"text"}).ends_with('\n'));
    co_await socket.send({{"close", "w"}});
    co_await socket.send({{"open", "w"}, {"path", kDevices}});  // the id is free again; what does not follow, ends
    EXPECT_EQ(json_int(co_await socket.next(), {"status"}), 200);
    EXPECT_THAT(std::string(json_string(co_await socket.next(), {"text"})), HasSubstr("DeviceList"));
    EXPECT_TRUE(json_bool(co_await socket.next(), {"end"}));
}
TEST_F(StreamsTest, carries_watches_as_they_happen) {
    run(check_watches);
}

Task<> check_refusals(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    Socket socket(test, viewer);
    co_await socket.connect();
    co_await socket.send({{"open", "s"}, {"path", "/api/v1/namespaces/wasmbed/secrets?watch=1"}});
    auto refused = co_await socket.next();
    EXPECT_EQ(json_int(refused, {"status"}), 403);
    EXPECT_EQ(json_string(refused, {"error", "reason"}), "Forbidden");
    co_await socket.send({{"open", "x"}, {"path", "/session"}});
    EXPECT_EQ(json_int(co_await socket.next(), {"status"}), 404);
    co_await socket.send({{"open", "y"}, {"path", "no slash"}});
    EXPECT_TRUE(json_bool(co_await socket.next(), {"end"}));
    for (std::size_t i = 0; i < kStreamsMax; ++i) {
        co_await socket.send({{"open", std::to_string(i)}, {"path", std::string(kDevices) + "?watch=1"}});
        EXPECT_EQ(json_int(co_await socket.next(), {"status"}), 200);
    }
    co_await socket.send({{"open", "over"}, {"path", kDevices}});
    EXPECT_THAT(std::string(json_string(co_await socket.next(), {"error"})), HasSubstr("32 streams"));
}
TEST_F(StreamsTest, tells_each_refusal_and_keeps_to_its_limit) {
    run(check_refusals);
}

Task<> check_end(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    Socket socket(test, viewer);
    co_await socket.connect();
    co_await socket.send({{"open", "w"}, {"path", std::string(kDevices) + "?watch=1"}});
    co_await socket.next();
    co_await viewer.send("DELETE", "/session");
    EXPECT_TRUE((co_await socket.next()).is_null());
    EXPECT_EQ(socket.stream.reason().code, kCloseSessionEnded);
    Socket again(test, viewer);
    EXPECT_EQ(co_await again.connect(), ws::error::upgrade_declined);
}
TEST_F(StreamsTest, ends_with_the_session) {
    run(check_end);
}

Task<> check_origin(WebFixture& test) {
    auto viewer = co_await test.log_in("viewer");
    viewer.origin = "http://evil.example";
    Socket socket(test, viewer);
    EXPECT_EQ(co_await socket.connect(), ws::error::upgrade_declined);
}
TEST_F(StreamsTest, are_for_the_own_page_only) {
    run(check_origin);
}

}  // namespace
}  // namespace wasmbed::web
