#include "services/emulator/secure_element_server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "services/emulator/unix_path.hpp"

namespace wasmbed::emulator {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

Result<void, std::string> SecureElementServer::listen(const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    const UnixPath reachable(path);
    boost::system::error_code error;
    acceptor_.open(Protocol(), error);
    if (!error) acceptor_.bind(Protocol::endpoint(reachable.text()), error);
    if (!error) acceptor_.listen(1, error);
    if (error) return fail("cannot listen on " + path.string() + ": " + error.message());
    return {};
}

Task<> SecureElementServer::serve() {
    for (;;) {
        boost::system::error_code error;
        co_await acceptor_.async_accept(line_, asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted) co_return;
        if (error) {
            co_await sleep_for(std::chrono::milliseconds(100));  // no descriptor left, most likely
            continue;
        }
        element_.line_cut();
        co_await talk();
        line_.close(error);
    }
}

Task<> SecureElementServer::talk() {
    std::array<std::uint8_t, 1024> received;
    std::vector<std::uint8_t> answers;
    for (;;) {
        boost::system::error_code error;
        const std::size_t count =
            co_await line_.async_read_some(asio::buffer(received), asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        answers.clear();
        element_.receive(Bytes(received).first(count), answers);
        co_await asio::async_write(line_, asio::buffer(answers), asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
    }
}

}  // namespace wasmbed::emulator
