#include "services/gateway/serial_port.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

#include "host/base/log.hpp"
#include "services/gateway/client_hello_finder.hpp"

namespace wasmbed::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 4096;
/// Bytes on their way to a device beyond which its session is not read on.
constexpr std::size_t kQueuedBytesMax = 64 * 1024;
/// Noise on a line is answered this often at most.
constexpr std::chrono::seconds kHangUpPause{1};
constexpr std::chrono::milliseconds kAcceptPause{200};
/// TLS alert in the clear, close_notify: no session has it among its encrypted records, so it ends any there is.
constexpr std::uint8_t kHangUp[] = {21, 3, 3, 0, 2, 1, 0};

auto with(error_code& error) {
    return asio::redirect_error(asio::use_awaitable, error);
}

std::string spell(const tcp::endpoint& endpoint) {
    return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

/// One line and its present session. Held by its coroutines.
class Line : public std::enable_shared_from_this<Line> {
  public:
    Line(IoContext& io, tcp::socket serial, TaskGroup& tasks, tcp::endpoint device_port)
        : io_(io), serial_(std::move(serial)), tasks_(tasks), device_port_(device_port), changed_(io) {}

    void start(std::string name) {
        tasks_.spawn("serial line " + name, run(shared_from_this()));
        tasks_.spawn("serial line " + name + ", output", write(shared_from_this()));
    }

  private:
    using Session = std::shared_ptr<tcp::socket>;

    static Task<> run(std::shared_ptr<Line> self) {
        self->hang_up();  // whatever the device had before, nobody here knows it
        std::array<std::uint8_t, kReadBytes> received;
        error_code error;
        while (!error) {
            const std::size_t count = co_await self->serial_.async_read_some(asio::buffer(received), with(error));
            if (!error) co_await self->take(Bytes(received).first(count));
        }
        self->end_session();
        self->closed_ = true;
        self->changed_.notify_all();
        self->serial_.close(error);
    }

    Task<> take(Bytes bytes) {
        std::size_t begin = 0;
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            if (!finder_.take(bytes[at])) continue;
            begin = at + 1;
            co_await begin_session();
        }
        const Session session = session_;
        if (!session) {
            if (begin < bytes.size()) hang_up();
            co_return;
        }
        error_code error;
        co_await asio::async_write(*session, asio::buffer(bytes.data() + begin, bytes.size() - begin), with(error));
        if (error && session == session_) end_session();
    }

    /// The device begins anew: what the former session still had to say is not for it any more.
    Task<> begin_session() {
        end_session();
        output_.clear();
        auto session = std::make_shared<tcp::socket>(io_);
        error_code error;
        co_await session->async_connect(device_port_, with(error));
        if (!error) session->set_option(tcp::no_delay(true), error);
        if (!error) co_await asio::async_write(*session, asio::buffer(finder_.head()), with(error));
        if (error) {
            log_warn("a serial line cannot reach the device port", {{"error", error.message()}});
            hang_up();
            co_return;
        }
        session_ = session;
        tasks_.spawn("serial session", answer(shared_from_this(), session));
    }

    void end_session() {
        error_code ignored;
        if (session_) session_->close(ignored);
        session_.reset();
    }

    static Task<> answer(std::shared_ptr<Line> self, Session session) {
        std::array<std::uint8_t, kReadBytes> received;
        error_code error;
        for (;;) {
            while (self->output_.size() > kQueuedBytesMax && !self->closed_) co_await self->changed_.wait();
            const std::size_t count = co_await session->async_read_some(asio::buffer(received), with(error));
            if (error || session != self->session_) break;
            self->send(Bytes(received).first(count));
        }
        if (session != self->session_) co_return;
        self->end_session();
        self->hung_up_at_ = {};
        self->hang_up();
    }

    void hang_up() {
        const auto now = SteadyClock::now();
        if (hung_up_at_ != SteadyClock::time_point{} && now - hung_up_at_ < kHangUpPause) return;
        hung_up_at_ = now;
        send(kHangUp);
    }

    void send(Bytes bytes) {
        output_.insert(output_.end(), bytes.begin(), bytes.end());
        changed_.notify_all();
    }

    static Task<> write(std::shared_ptr<Line> self) {
        std::vector<std::uint8_t> leaving;
        error_code error;
        while (!error) {
            while (self->output_.empty() && !self->closed_) co_await self->changed_.wait();
            if (self->closed_) co_return;
            leaving.swap(self->output_);
            self->changed_.notify_all();
            co_await asio::async_write(self->serial_, asio::buffer(leaving), with(error));
            leaving.clear();
        }
    }

    IoContext& io_;
    tcp::socket serial_;
    TaskGroup& tasks_;
    tcp::endpoint device_port_;
    Notifier changed_;
    ClientHelloFinder finder_;
    Session session_;
    std::vector<std::uint8_t> output_;
    SteadyClock::time_point hung_up_at_{};
    bool closed_ = false;
};

}  // namespace

Result<std::uint16_t, std::string> SerialPort::listen(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    std::uint16_t port = 0;
    const char* end = address.data() + address.size();
    error_code error;
    const auto host = asio::ip::make_address(address.substr(0, colon == std::string::npos ? 0 : colon), error);
    const auto [rest, failed] =
        std::from_chars(end - (colon == std::string::npos ? 0 : address.size() - colon - 1), end, port);
    if (error || failed != std::errc{} || rest != end)
        return fail("serial port: '" + address + "' is not a numeric address and a port");
    const tcp::endpoint endpoint{host, port};
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(SOMAXCONN, error);
    if (error) return fail("serial port: cannot listen on " + address + ": " + error.message());
    return acceptor_.local_endpoint().port();
}

void SerialPort::start(TaskGroup& tasks, tcp::endpoint device_port) {
    tasks.spawn("serial port", accept_lines(tasks, std::move(device_port)));
}

Task<> SerialPort::accept_lines(TaskGroup& tasks, tcp::endpoint device_port) {
    while (acceptor_.is_open()) {
        tcp::socket socket(io_);
        tcp::endpoint peer;
        error_code error;
        co_await acceptor_.async_accept(socket, peer, with(error));
        if (!acceptor_.is_open()) co_return;
        if (error) {
            log_error("cannot accept a serial bridge, trying again", {{"error", error.message()}});
            co_await sleep_for(kAcceptPause);
            continue;
        }
        socket.set_option(tcp::no_delay(true), error);
        socket.set_option(asio::socket_base::keep_alive(true), error);
        log_info("serial bridge connected", {{"from", spell(peer)}});
        std::make_shared<Line>(io_, std::move(socket), tasks, device_port)->start(spell(peer));
    }
}

void SerialPort::stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
}

}  // namespace wasmbed::gateway
