#include "host/net/http_client.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <list>
#include <poll.h>

#include "host/net/net_stream.hpp"
#include "host/net/tls_context.hpp"

namespace wasmbed::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// Below the server's idle timeout (120 s), so that it is mostly we who close.
constexpr auto kIdleMax = std::chrono::seconds(60);
constexpr std::size_t kHeaderBytesMax = 64 * 1024;
/// A list of 100,000 objects has about 300 MB.
constexpr std::uint64_t kBodyBytesMax = 1024ull * 1024 * 1024;
constexpr std::size_t kLineBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kReadBytes = 16 * 1024;

struct Url {
    std::string host;
    std::uint16_t port = 443;
    std::string path;  // without trailing '/'
    bool plain = false;
};

bool is_loopback(const std::string& host) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    return !error && address.is_loopback();
}

Result<Url, std::string> parse_url(std::string_view text) {
    constexpr std::string_view kScheme = "https://";
    constexpr std::string_view kPlainScheme = "http://";
    auto bad = [&](const char* why) { return fail("bad server URL \"" + std::string(text) + "\": " + why); };
    Url url;
    url.plain = text.starts_with(kPlainScheme);
    if (url.plain) url.port = 80;
    if (!url.plain && !text.starts_with(kScheme)) return bad("it must start with https://");
    auto rest = text.substr(url.plain ? kPlainScheme.size() : kScheme.size());
    auto slash = rest.find('/');
    auto authority = rest.substr(0, slash);
    if (slash != rest.npos) url.path = rest.substr(slash);
    while (url.path.ends_with('/')) url.path.pop_back();
    auto colon = authority.rfind(':');
    if (authority.starts_with('[')) {
        auto close = authority.find(']');
        if (close == authority.npos) return bad("the address lacks its ]");
        url.host = authority.substr(1, close - 1);
        if (colon < close) colon = authority.npos;
    } else {
        url.host = authority.substr(0, colon);
    }
    if (colon != authority.npos) {
        auto digits = authority.substr(colon + 1);
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
        if (error != std::errc() || end != digits.data() + digits.size()) return bad("the port is not a number");
    }
    if (url.host.empty()) return bad("it names no host");
    if (url.plain && !is_loopback(url.host)) return bad("it must start with https://; http is for loopback addresses");
    return url;
}

struct Connection {
    Connection(IoContext& io, asio::ssl::context* context) : stream(io, context) {}

    NetStream stream;
    beast::flat_buffer buffer;
    SteadyClock::time_point idle_since;

    beast::tcp_stream& tcp_layer() { return stream.next_layer(); }

    /// An idle connection has nothing to read; if there is something, it is the server's farewell.
    bool stale() {
        pollfd poll_socket{tcp_layer().socket().native_handle(), POLLIN, 0};
        return SteadyClock::now() - idle_since > kIdleMax || ::poll(&poll_socket, 1, 0) != 0;
    }
};
using ConnectionPtr = std::unique_ptr<Connection>;

NetError::Kind kind_of(const error_code& error) {
    if (error == beast::error::timeout) return NetError::Kind::timeout;
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated || error == asio::error::broken_pipe ||
        error == asio::error::connection_reset || error == bhttp::error::end_of_stream ||
        error == bhttp::error::partial_message) {
        return NetError::Kind::closed;
    }
    if (error.category() == asio::error::get_ssl_category()) return NetError::Kind::tls;
    return NetError::Kind::protocol;
}

class IncomingResponse final : public ResponseStream {
  public:
    IncomingResponse(ConnectionPtr connection, std::string where, bool no_body)
        : connection_(std::move(connection)), where_(std::move(where)) {
        parser_.header_limit(std::uint32_t(kHeaderBytesMax));
        parser_.body_limit(boost::none);
        parser_.skip(no_body);
    }

    Task<error_code> read_header() {
        auto [error, count] =
            co_await bhttp::async_read_header(connection_->stream, connection_->buffer, parser_, kAwait);
        if (error) co_return error;
        status_ = int(parser_.get().result_int());
        for (const auto& field : parser_.get()) {
            headers_.add(std::string(field.name_string()), std::string(field.value()));
        }
        co_return error_code();
    }

    int status() const override { return status_; }
    const Headers& headers() const override { return headers_; }

    /// Reads more of the body into `buffer`, under the deadline that is set on the connection.
    Task<Result<void, NetError>> fill(std::string& buffer) {
        while (!parser_.is_done()) {
            auto before = buffer.size();
            buffer.resize(before + kReadBytes);
            auto& body = parser_.get().body();
            body.data = buffer.data() + before;
            body.size = kReadBytes;
            body.more = true;
            auto [error, count] =
                co_await bhttp::async_read_some(connection_->stream, connection_->buffer, parser_, kAwait);
            auto got = kReadBytes - parser_.get().body().size;
            buffer.resize(before + got);
            if (error && error != bhttp::error::need_buffer) {
                co_await check_cancelled(error);
                co_return fail(NetError{kind_of(error), where_ + ": " + error.message()});
            }
            if (got > 0) break;
        }
        co_return Result<void, NetError>();
    }

    Task<Result<std::string, NetError>> read_some(SteadyClock::duration idle_max) override {
        if (pending_.empty()) {
            connection_->tcp_layer().expires_after(idle_max);
            auto filled = co_await fill(pending_);
            if (!filled) co_return fail(filled.error());
        }
        co_return std::exchange(pending_, {});
    }

    Task<Result<std::optional<std::string>, NetError>> next_line(SteadyClock::duration idle_max) override {
        std::size_t searched = 0;
        while (true) {
            auto end = pending_.find('\n', searched);
            if (end != std::string::npos) {
                std::optional<std::string> line = pending_.substr(0, end);
                pending_.erase(0, end + 1);
                co_return line;
            }
            searched = pending_.size();
            if (searched > kLineBytesMax) {
                co_return fail(NetError{NetError::Kind::protocol, where_ + ": a line is longer than 16 MiB"});
            }
            if (parser_.is_done()) {
                std::optional<std::string> last;
                if (!pending_.empty()) last = std::exchange(pending_, {});
                co_return last;
            }
            connection_->tcp_layer().expires_after(idle_max);
            auto filled = co_await fill(pending_);
            if (!filled) co_return fail(filled.error());
        }
    }

    Task<Result<std::string, NetError>> read_all(SteadyClock::duration idle_max) override {
        connection_->tcp_layer().expires_after(idle_max);
        while (!parser_.is_done()) {
            auto filled = co_await fill(pending_);
            if (!filled) co_return fail(filled.error());
            if (pending_.size() > kLineBytesMax) break;
        }
        co_return std::exchange(pending_, {});
    }

    /// Reads the whole body under the deadline that is set on the connection.
    Task<Result<std::string, NetError>> read_body() {
        while (!parser_.is_done()) {
            auto filled = co_await fill(pending_);
            if (!filled) co_return fail(filled.error());
            if (pending_.size() > kBodyBytesMax) {
                co_return fail(NetError{NetError::Kind::protocol, where_ + ": the answer is larger than 1 GiB"});
            }
        }
        co_return std::exchange(pending_, {});
    }

    bool keep_alive() const { return parser_.is_done() && parser_.keep_alive(); }
    ConnectionPtr take_connection() { return std::move(connection_); }

    /// Cancellation must unwind; as an error value it would be taken for the peer's fault.
    static Task<> check_cancelled(error_code error) {
        if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
        co_return;
    }

  private:
    ConnectionPtr connection_;
    std::string where_;
    bhttp::response_parser<bhttp::buffer_body> parser_;
    int status_ = 0;
    Headers headers_;
    std::string pending_;
};

}  // namespace

struct HttpClient::State {
    State(IoContext& context, std::string base) : io(context), base_url(std::move(base)) {}

    Task<Result<ConnectionPtr, NetError>> connect(OpContext context);
    Task<Result<tcp::resolver::results_type, NetError>> resolve(OpContext context);
    Task<Result<std::unique_ptr<IncomingResponse>, NetError>> exchange(ClientRequest& request, OpContext context);
    Task<Result<std::unique_ptr<IncomingResponse>, NetError>> exchange_on(ConnectionPtr connection,
                                                                          ClientRequest& request, OpContext context);
    std::string message_of(const ClientRequest& request) const;
    Task<Result<void, NetError>> wait_for_turn(OpContext context);
    void give_turn();
    ConnectionPtr take_idle();
    void put_idle(ConnectionPtr connection);

    IoContext& io;
    std::string base_url;
    std::string token;
    std::string configuration_error;
    Url url;
    std::string server_name;
    bool insecure = false;
    std::unique_ptr<asio::ssl::context> tls;
    std::vector<ConnectionPtr> idle;
    std::size_t running = 0;                                 ///< requests
    std::list<std::shared_ptr<asio::steady_timer>> waiting;  ///< oldest first; cancelled: your turn
};

/// One of the kRequestsMax requests that run; ends with the request, however that ends.
class Turn {
  public:
    explicit Turn(std::function<void()> give_back) : give_back_(std::move(give_back)) {}
    ~Turn() { give_back_(); }
    Turn(const Turn&) = delete;

  private:
    std::function<void()> give_back_;
};

Task<Result<void, NetError>> HttpClient::State::wait_for_turn(OpContext context) {
    if (running < kRequestsMax) {
        ++running;
        co_return Result<void, NetError>();
    }
    const auto timer = std::make_shared<asio::steady_timer>(io, context.deadline);
    const auto place = waiting.insert(waiting.end(), timer);
    auto [error] = co_await timer->async_wait(kAwait);
    const bool given = std::ranges::find(waiting, timer) == waiting.end();
    if (given) {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() == asio::cancellation_type::none) co_return Result<void, NetError>();
        give_turn();
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    waiting.erase(place);
    co_await IncomingResponse::check_cancelled(error);
    co_return fail(NetError{NetError::Kind::timeout, base_url + ": too many requests wait for an answer"});
}

/// To the next that waits, if any.
void HttpClient::State::give_turn() {
    if (waiting.empty()) {
        --running;
        return;
    }
    const auto next = waiting.front();
    waiting.pop_front();
    next->cancel();
}

ConnectionPtr HttpClient::State::take_idle() {
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (!connection->stale()) return connection;
    }
    return nullptr;
}

void HttpClient::State::put_idle(ConnectionPtr connection) {
    if (idle.size() >= HttpClient::kRequestsMax) return;
    connection->idle_since = SteadyClock::now();
    connection->tcp_layer().expires_never();
    idle.push_back(std::move(connection));
}

Task<Result<tcp::resolver::results_type, NetError>> HttpClient::State::resolve(OpContext context) {
    error_code numeric;
    auto address = asio::ip::make_address(url.host, numeric);
    if (!numeric) {
        co_return tcp::resolver::results_type::create(tcp::endpoint(address, url.port), url.host,
                                                      std::to_string(url.port));
    }
    tcp::resolver resolver(io);
    auto found =
        co_await (resolver.async_resolve(url.host, std::to_string(url.port), kAwait) || sleep_for(context.remaining()));
    if (found.index() == 1) {
        co_return fail(NetError{NetError::Kind::timeout, base_url + ": no answer from the name server"});
    }
    auto& [error, results] = std::get<0>(found);
    if (error) co_return fail(NetError{NetError::Kind::unreachable, base_url + ": " + error.message()});
    co_return results;
}

Task<Result<ConnectionPtr, NetError>> HttpClient::State::connect(OpContext context) {
    auto addresses = co_await resolve(context);
    if (!addresses) co_return fail(addresses.error());
    auto connection = std::make_unique<Connection>(io, url.plain ? nullptr : tls.get());
    connection->tcp_layer().expires_at(context.deadline);
    auto [connect_error, endpoint] = co_await connection->tcp_layer().async_connect(*addresses, kAwait);
    if (connect_error) {
        co_await IncomingResponse::check_cancelled(connect_error);
        auto kind = connect_error == beast::error::timeout ? NetError::Kind::timeout : NetError::Kind::unreachable;
        co_return fail(NetError{kind, base_url + ": " + connect_error.message()});
    }
    error_code ignored;
    connection->tcp_layer().socket().set_option(tcp::no_delay(true), ignored);
    auto* encrypted = connection->stream.encrypted();
    if (!encrypted) co_return connection;
    SSL* ssl = encrypted->native_handle();
    asio::ip::make_address(server_name, ignored);
    if (ignored) SSL_set_tlsext_host_name(ssl, server_name.c_str());  // SNI is for names, not addresses (RFC 6066)
    if (!insecure) encrypted->set_verify_callback(asio::ssl::host_name_verification(server_name));
    auto [tls_error] = co_await encrypted->async_handshake(asio::ssl::stream_base::client, kAwait);
    if (tls_error) {
        co_await IncomingResponse::check_cancelled(tls_error);
        auto verified = SSL_get_verify_result(ssl);
        std::string why = verified == X509_V_OK ? tls_error.message() : X509_verify_cert_error_string(verified);
        auto kind = tls_error == beast::error::timeout ? NetError::Kind::timeout : NetError::Kind::tls;
        co_return fail(NetError{kind, base_url + ": TLS: " + why});
    }
    co_return connection;
}

std::string HttpClient::State::message_of(const ClientRequest& request) const {
    std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
    std::string text = request.method + " " + url.path + request.target + " HTTP/1.1\r\nHost: " + host + ":" +
                       std::to_string(url.port) + "\r\n";
    for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
    if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
        text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    return text + "\r\n" + request.body;
}

Task<Result<std::unique_ptr<IncomingResponse>, NetError>> HttpClient::State::exchange_on(ConnectionPtr connection,
                                                                                         ClientRequest& request,
                                                                                         OpContext context) {
    auto where = base_url + request.target.substr(0, request.target.find('?'));
    connection->tcp_layer().expires_at(context.deadline);
    auto text = message_of(request);
    auto [write_error, written] = co_await asio::async_write(connection->stream, asio::buffer(text), kAwait);
    error_code error = write_error;
    auto response = std::make_unique<IncomingResponse>(std::move(connection), where, request.method == "HEAD");
    if (!error) error = co_await response->read_header();
    if (error) {
        co_await IncomingResponse::check_cancelled(error);
        co_return fail(NetError{kind_of(error), where + ": " + error.message()});
    }
    co_return response;
}

Task<Result<std::unique_ptr<IncomingResponse>, NetError>> HttpClient::State::exchange(ClientRequest& request,
                                                                                      OpContext context) {
    if (!configuration_error.empty()) co_return fail(NetError{NetError::Kind::bad_url, configuration_error});
    if (auto kept = take_idle()) {
        auto response = co_await exchange_on(std::move(kept), request, context);
        // The server may close a kept connection just as we use it. A POST may have been done already: the caller
        // decides.
        bool again = !response && response.error().kind == NetError::Kind::closed && request.method != "POST";
        if (!again) co_return response;
    }
    auto connection = co_await connect(context);
    if (!connection) co_return fail(connection.error());
    co_return co_await exchange_on(std::move(*connection), request, context);
}

HttpClient::HttpClient(IoContext& io, std::string base_url, ClientTls tls, std::string bearer_token)
    : state_(std::make_shared<State>(io, std::move(base_url))) {
    state_->token = std::move(bearer_token);
    state_->insecure = tls.insecure;
    auto url = parse_url(state_->base_url);
    auto context = make_client_context(tls);
    if (!url) {
        state_->configuration_error = url.error();
    } else if (!context) {
        state_->configuration_error = state_->base_url + ": " + context.error();
    } else {
        state_->url = std::move(*url);
        state_->tls = std::move(*context);
        state_->server_name = tls.server_name.empty() ? state_->url.host : tls.server_name;
    }
}

HttpClient::~HttpClient() = default;

const std::string& HttpClient::base_url() const {
    return state_->base_url;
}

Task<Result<ClientResponse, NetError>> HttpClient::request(ClientRequest request, OpContext context) {
    auto state = state_;
    auto admitted = co_await state->wait_for_turn(context);
    if (!admitted) co_return fail(admitted.error());
    const Turn turn{[state] { state->give_turn(); }};
    auto response = co_await state->exchange(request, context);
    if (!response) co_return fail(response.error());
    auto body = co_await (*response)->read_body();
    if (!body) co_return fail(body.error());
    ClientResponse result{(*response)->status(), (*response)->headers(), std::move(*body)};
    if ((*response)->keep_alive()) state->put_idle((*response)->take_connection());
    co_return result;
}

Task<Result<std::unique_ptr<ResponseStream>, NetError>> HttpClient::open_stream(ClientRequest request,
                                                                                OpContext context) {
    auto state = state_;
    auto response = co_await state->exchange(request, context);
    if (!response) co_return fail(response.error());
    co_return std::unique_ptr<ResponseStream>(std::move(*response));
}

}  // namespace wasmbed::net
