// A TCP connection with or without TLS as one Asio stream type, so that the code above it is written once. Private to
// host/net.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <variant>

namespace wasmbed::net {

/// An AsyncStream in Asio's sense. Timeouts are set on `next_layer`.
class NetStream {
    using Plain = boost::beast::tcp_stream;
    using Encrypted = boost::beast::ssl_stream<boost::beast::tcp_stream>;
    using Completion = void(boost::system::error_code, std::size_t);

  public:
    using executor_type = Plain::executor_type;
    using next_layer_type = Plain;

    /// From a socket that was accepted, or from the event loop for one to connect. `tls` null: plain.
    template <class SocketOrContext>
    NetStream(SocketOrContext&& from, boost::asio::ssl::context* tls) {
        if (tls) {
            stream_.emplace<Encrypted>(std::forward<SocketOrContext>(from), *tls);
        } else {
            stream_.emplace<Plain>(std::forward<SocketOrContext>(from));
        }
    }

    Plain& next_layer() {
        auto* encrypted = std::get_if<Encrypted>(&stream_);
        return encrypted ? encrypted->next_layer() : std::get<Plain>(stream_);
    }
    executor_type get_executor() { return next_layer().get_executor(); }

    /// Null when the connection is plain.
    Encrypted* encrypted() { return std::get_if<Encrypted>(&stream_); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, Completion>(
            [this](auto handler, const Buffers& where) {
                std::visit([&](auto& stream) { read_some(stream, where, std::move(handler)); }, stream_);
            },
            token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, Completion>(
            [this](auto handler, const Buffers& what) {
                std::visit([&](auto& stream) { write_some(stream, what, std::move(handler)); }, stream_);
            },
            token, buffers);
    }

  private:
    template <class Buffers, class Handler>
    static void read_some(auto& stream, const Buffers& buffers, Handler handler) {
        if constexpr (!std::is_same_v<std::remove_reference_t<decltype(stream)>, std::monostate>) {
            stream.async_read_some(buffers, std::move(handler));
        }
    }
    template <class Buffers, class Handler>
    static void write_some(auto& stream, const Buffers& buffers, Handler handler) {
        if constexpr (!std::is_same_v<std::remove_reference_t<decltype(stream)>, std::monostate>) {
            stream.async_write_some(buffers, std::move(handler));
        }
    }

    std::variant<std::monostate, Plain, Encrypted> stream_;  // monostate only until the constructor has chosen
};

/// What Beast's WebSocket calls after the closing frames: these already say that the end is meant, so the connection
/// is closed without TLS's own farewell.
template <class Handler>
void async_teardown(boost::beast::role_type, NetStream& stream, Handler&& handler) {
    boost::system::error_code ignored;
    stream.next_layer().socket().shutdown(boost::asio::socket_base::shutdown_both, ignored);
    boost::asio::post(stream.get_executor(),
                      boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code()));
}

}  // namespace wasmbed::net
