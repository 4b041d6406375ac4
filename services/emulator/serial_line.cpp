#include "services/emulator/serial_line.hpp"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace wasmbed::emulator {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kTryAgain{200};

}  // namespace

Result<void, std::string> SerialLine::listen() {
    boost::system::error_code error;
    const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
    acceptor_.open(any.protocol(), error);
    if (!error) acceptor_.bind(any, error);
    if (!error) acceptor_.listen(1, error);
    if (error) return fail("cannot listen for the board's serial line: " + error.message());
    port_ = acceptor_.local_endpoint().port();
    return {};
}

void SerialLine::set(bool cut, std::chrono::milliseconds delay) {
    cut_ = cut;
    delay_ = delay;
    if (cut) close(gateway_);
    changed_.notify_all();
}

void SerialLine::close(Socket& socket) {
    boost::system::error_code ignored;
    socket.close(ignored);
}

Task<> SerialLine::serve(std::string host, std::string service) {
    using namespace asio::experimental::awaitable_operators;
    co_await (follow_board() && follow_gateway(std::move(host), std::move(service)));
}

/// What cannot be passed on is lost.
Task<> SerialLine::pass_on(Socket& to, std::string bytes) {
    if (delay_.count() > 0) co_await sleep_for(delay_);
    if (!to.is_open()) co_return;
    boost::system::error_code error;
    co_await asio::async_write(to, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
}

Task<> SerialLine::follow_board() {
    for (;;) {
        boost::system::error_code error;
        co_await acceptor_.async_accept(board_, asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted) co_return;
        if (error) {
            co_await sleep_for(kTryAgain);  // no descriptor left, most likely
            continue;
        }
        board_.set_option(tcp::no_delay(true), error);
        changed_.notify_all();
        std::array<char, 4096> received;
        for (;;) {
            const std::size_t count = co_await board_.async_read_some(asio::buffer(received),
                                                                      asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
            co_await pass_on(gateway_, std::string(received.data(), count));
        }
        close(board_);
        close(gateway_);
    }
}

Task<> SerialLine::follow_gateway(std::string host, std::string service) {
    tcp::resolver resolver(acceptor_.get_executor());
    for (;;) {
        while (cut_ || !board_.is_open()) co_await changed_.wait();
        boost::system::error_code error;
        const auto found =
            co_await resolver.async_resolve(host, service, asio::redirect_error(asio::use_awaitable, error));
        if (!error) co_await asio::async_connect(gateway_, found, asio::redirect_error(asio::use_awaitable, error));
        if (!error && !cut_) {
            gateway_.set_option(tcp::no_delay(true), error);
            std::array<char, 4096> received;
            while (!error) {
                const std::size_t count = co_await gateway_.async_read_some(
                    asio::buffer(received), asio::redirect_error(asio::use_awaitable, error));
                if (!error) co_await pass_on(board_, std::string(received.data(), count));
            }
        }
        close(gateway_);
        co_await sleep_for(kTryAgain);
    }
}

}  // namespace wasmbed::emulator
