#include "services/gateway/device_port.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unordered_map>

#include "host/base/log.hpp"
#include "services/gateway/deadlines.hpp"
#include "services/gateway/metrics.hpp"

namespace wasmbed::gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// Taken from a socket per turn, bytes: one TLS record and its overhead fit; others get their turn in between.
constexpr std::size_t kReceiveBytes = 32 * 1024;
/// Plaintext of one turn after which a handler should wait for `writable`, bytes.
constexpr std::size_t kPendingBytes = 64 * 1024;
/// How long accepting rests when the process has no file descriptors left.
constexpr std::chrono::milliseconds kAcceptPause{200};
/// Accepted per turn, so that a flood does not starve open connections.
constexpr int kAcceptsPerTurn = 64;

std::string spell(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

/// What `spell` gave, without the port.
std::string host_of(const std::string& address) {
    return address.substr(0, address.rfind(':'));
}

Result<tcp::endpoint, std::string> parse_endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return fail("'" + text + "' is not host:port");
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error) return fail("'" + host + "' is not a numeric address");
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    if (const auto [rest, code] = std::from_chars(text.data() + colon + 1, end, port);
        code != std::errc{} || rest != end) {
        return fail("'" + text.substr(colon + 1) + "' is not a port (0 to 65535)");
    }
    return tcp::endpoint{address, port};
}

Refusal refusal_of(TlsFailure failure) {
    switch (failure) {
        case TlsFailure::none:
            return Refusal::handshake_aborted;
        case TlsFailure::alpn:
            return Refusal::alpn;
        case TlsFailure::version:
            return Refusal::tls_version;
        case TlsFailure::no_certificate:
            return Refusal::no_certificate;
        case TlsFailure::untrusted:
            return Refusal::certificate_untrusted;
        case TlsFailure::expired:
            return Refusal::certificate_expired;
        case TlsFailure::not_yet_valid:
            return Refusal::certificate_too_early;
        case TlsFailure::not_a_device:
            return Refusal::certificate_of_no_device;
        case TlsFailure::other:
            return Refusal::tls;
    }
    return Refusal::tls;
}

}  // namespace

/// Everything that the connections of a port share.
class DevicePort::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(boost::asio::io_context& loop, TlsServer& tls, const DevicePortLimits& limits, Metrics& metrics,
         OpenHandler open)
        : loop_(loop),
          tls_(tls),
          limits_(limits),
          metrics_(metrics),
          open_(std::move(open)),
          acceptor_(loop),
          pause_(loop),
          deadlines_(loop) {}

    class Connection;

    Result<std::uint16_t, std::string> listen(const std::string& text);
    void stop_accepting();
    void close_all(std::string_view reason);
    void abandon();

    boost::asio::io_context& loop_;
    TlsServer& tls_;
    const DevicePortLimits limits_;
    Metrics& metrics_;
    OpenHandler open_;
    PskLookup psk_lookup_;
    tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    Deadlines deadlines_;
    DevicePortCounters counters_;
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
    std::unordered_map<std::string, std::size_t> unproven_;  ///< by address without port
    std::unordered_map<Connection*, std::weak_ptr<Connection>> waiting_for_tls_;
    bool reported_exhaustion_ = false;
    std::vector<std::shared_ptr<Connection>> ending_;  ///< those that have something to send at the end of this turn

    /// Buffers of the turn that is running; connections keep only what a turn leaves over.
    std::array<std::uint8_t, kReceiveBytes> received_{};
    std::vector<std::uint8_t> plaintext_;
    std::vector<std::uint8_t> ciphertext_;

    void end_turn_of(std::shared_ptr<Connection> connection);

  private:
    void end_turns();
    void wait_for_connections();
    void accept_some();
    void admit(tcp::socket socket, const tcp::endpoint& peer);
    void rest_after(const error_code& error);
};

class DevicePort::Impl::Connection final : public DeviceChannel, public std::enable_shared_from_this<Connection> {
  public:
    Connection(std::shared_ptr<Impl> port, tcp::socket socket, const tcp::endpoint& peer)
        : port_(std::move(port)),
          socket_(std::move(socket)),
          address_(spell(peer)),
          deadline_([this] { on_deadline(); }) {}

    void start() {
        ++port_->unproven_[host_of(address_)];
        port_->deadlines_.set(deadline_, Deadlines::Clock::now() + port_->limits_.handshake);
        wait_readable();
    }

    void send(Bytes plaintext) override {
        if (closing_) return;
        pending_.insert(pending_.end(), plaintext.begin(), plaintext.end());
        end_turn_later();
    }

    void close(std::string_view reason) override {
        if (closing_) return;
        closing_ = true;
        reason_ = reason;
        end_turn_later();
    }

    bool writable() const override { return !closing_ && unsent_.empty() && pending_.size() < kPendingBytes; }

    void limit_records(std::size_t plaintext_bytes_max) override { tls_->limit_records(plaintext_bytes_max); }
    void set_deadline(std::chrono::milliseconds from_now) override {
        port_->deadlines_.set(deadline_, Deadlines::Clock::now() + from_now);
    }
    const TlsPeer& peer() const override { return tls_->peer(); }
    const std::string& address() const override { return address_; }

    /// Begins TLS on a connection whose first byte has waited for a free handshake.
    void resume() { readable(); }

    void end_posted_turn() {
        turn_end_posted_ = false;
        end_turn();
    }

    /// Ends without a word to the device.
    void abandon() {
        finish("gateway stops");
        handler_.reset();
        tls_.reset();
    }

  private:
    void wait_readable() {
        if (reading_ || finished_) return;
        reading_ = true;
        socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
            self->reading_ = false;
            if (self->finished_) return;
            if (error) return self->finish(error.message());
            self->readable();
        });
    }

    void wait_writable() {
        if (writing_ || finished_) return;
        writing_ = true;
        socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& error) {
            self->writing_ = false;
            if (self->finished_) return;
            if (error) return self->finish(error.message());
            self->end_turn();
        });
    }

    void readable();
    bool begin_tls();
    void take(Bytes ciphertext);
    void look_up_psk();
    void become_open();
    void end_turn_later();
    void end_turn();
    bool flush();
    bool write_out(Bytes ciphertext);
    void keep_unsent(Bytes rest);
    void on_deadline();
    void leave_handshake();
    void leave_unproven();
    void finish(std::string_view reason);

    std::shared_ptr<Impl> port_;
    tcp::socket socket_;
    std::string address_;
    Deadlines::Entry deadline_;
    std::unique_ptr<TlsConnection> tls_;
    std::unique_ptr<DeviceHandler> handler_;
    std::vector<std::uint8_t> pending_;  ///< plaintext of this turn
    std::vector<std::uint8_t> unsent_;   ///< ciphertext the socket did not take
    std::string reason_;
    bool reading_ = false, writing_ = false;
    bool turn_end_posted_ = false;
    bool handshaking_ = false, unproven_ = true;
    bool psk_asked_ = false;
    bool timed_out_ = false;
    Deadlines::Clock::time_point tls_began_;
    bool closing_ = false, finished_ = false;
};

// ---- accepting

Result<std::uint16_t, std::string> DevicePort::Impl::listen(const std::string& text) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint) return fail("device port: " + endpoint.error());
    error_code error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(SOMAXCONN, error);
    if (!error) acceptor_.non_blocking(true, error);
    if (error) {
        error_code ignored;
        acceptor_.close(ignored);
        return fail("device port: cannot listen on " + text + ": " + error.message());
    }
    wait_for_connections();
    return acceptor_.local_endpoint().port();
}

void DevicePort::Impl::wait_for_connections() {
    acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const error_code& error) {
        if (!error && self->acceptor_.is_open()) self->accept_some();
    });
}

void DevicePort::Impl::accept_some() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        tcp::socket socket{loop_};
        tcp::endpoint peer;
        error_code error;
        acceptor_.accept(socket, peer, error);
        if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) break;
        // The client went away before we came to it.
        if (error == boost::asio::error::connection_aborted || error == boost::asio::error::interrupted) continue;
        if (error) return rest_after(error);
        admit(std::move(socket), peer);
    }
    wait_for_connections();
}

/// EMFILE, ENFILE, ENOBUFS, ENOMEM and whatever else accept(2) says: the listening socket stays readable, so trying
/// again at once would spin.
void DevicePort::Impl::rest_after(const error_code& error) {
    if (!reported_exhaustion_) {
        log_error("cannot accept device connections, trying again", {{"error", error.message()}});
        reported_exhaustion_ = true;
    }
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        if (!cancelled && self->acceptor_.is_open()) self->wait_for_connections();
    });
}

void DevicePort::Impl::admit(tcp::socket socket, const tcp::endpoint& peer) {
    reported_exhaustion_ = false;
    ++counters_.accepted;
    const auto unproven = unproven_.find(host_of(spell(peer)));
    const bool full = connections_.size() >= limits_.connections_max;
    if (full || (unproven != unproven_.end() && unproven->second >= limits_.unproven_per_address_max)) {
        ++counters_.refused_limit;
        metrics_.refusals.note(full ? Refusal::connection_limit : Refusal::address_limit, spell(peer),
                               full ? "the gateway has as many connections as it takes"
                                    : "too many connections of this address have not proven to be a device");
        return;
    }
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
    auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), peer);
    connections_.emplace(connection.get(), connection);
    connection->start();
}

void DevicePort::Impl::end_turn_of(std::shared_ptr<Connection> connection) {
    ending_.push_back(std::move(connection));
    if (ending_.size() == 1) boost::asio::post(loop_, [self = shared_from_this()] { self->end_turns(); });
}

void DevicePort::Impl::end_turns() {
    // What the ends bring about is another turn's.
    const auto ending = std::exchange(ending_, {});
    for (const auto& connection : ending) connection->end_posted_turn();
}

void DevicePort::Impl::stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

void DevicePort::Impl::close_all(std::string_view reason) {
    const auto connections = connections_;
    for (const auto& [_, connection] : connections) connection->close(reason);
}

/// Ends every connection now; no handler is on the stack.
void DevicePort::Impl::abandon() {
    stop_accepting();
    const auto connections = std::move(connections_);
    for (const auto& [_, connection] : connections) connection->abandon();
}

// ---- one connection

void DevicePort::Impl::Connection::readable() {
    if (finished_ || closing_ || !begin_tls()) return;
    const ssize_t got = ::recv(socket_.native_handle(), port_->received_.data(), port_->received_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
    if (got < 0) return finish(error_code(errno, boost::system::system_category()).message());
    if (got == 0) return finish("connection closed by the device");
    port_->counters_.received_bytes += std::uint64_t(got);
    take(Bytes{port_->received_}.first(std::size_t(got)));
    end_turn();
    // A peer that does not read what it asked for is not heard until it does.
    if (unsent_.empty()) wait_readable();
}

/// TLS state is made when the first byte is there, and only while handshakes are free.
bool DevicePort::Impl::Connection::begin_tls() {
    if (tls_) return true;
    if (port_->counters_.handshaking >= port_->limits_.handshakes_max) {
        port_->waiting_for_tls_.emplace(this, weak_from_this());
        return false;
    }
    tls_ = port_->tls_.accept();
    tls_began_ = Deadlines::Clock::now();
    handshaking_ = true;
    ++port_->counters_.handshaking;
    return true;
}

void DevicePort::Impl::Connection::take(Bytes ciphertext) {
    port_->plaintext_.clear();
    port_->ciphertext_.clear();
    const TlsState state = tls_->receive(ciphertext, port_->plaintext_, port_->ciphertext_);
    if (!write_out(port_->ciphertext_)) return;
    if (!tls_->wanted_psk().empty() && !psk_asked_) return look_up_psk();
    if (handshaking_ && (state == TlsState::open || state == TlsState::closed)) become_open();
    // The handler may send, which only queues: the turn's plaintext is not touched until the turn ends.
    if (handler_ && !closing_ && !port_->plaintext_.empty()) handler_->received(port_->plaintext_);
    if (state == TlsState::closed) close("connection closed by the device");
    if (state == TlsState::failed) finish("TLS: " + tls_->error());
}

/// The handshake goes on when the answer is there, by the state that it has then.
void DevicePort::Impl::Connection::look_up_psk() {
    psk_asked_ = true;
    const auto answer = [weak = weak_from_this()](Bytes key) {
        const auto self = weak.lock();
        if (!self || self->finished_ || !self->tls_) return;
        self->tls_->answer_psk(key);
        self->take({});
        if (!self->finished_) self->end_turn();
    };
    if (port_->psk_lookup_) {
        port_->psk_lookup_(std::string(tls_->wanted_psk()), answer);
    } else {
        answer({});
    }
}

void DevicePort::Impl::Connection::become_open() {
    leave_handshake();
    ++port_->counters_.handshakes_done;
    port_->metrics_.handshake.observe(Deadlines::Clock::now() - tls_began_);
    if (tls_->peer().protocol == Protocol::session) leave_unproven();
    port_->deadlines_.cancel(deadline_);
    handler_ = port_->open_(*this);
}

void DevicePort::Impl::Connection::end_turn_later() {
    if (turn_end_posted_ || finished_) return;
    turn_end_posted_ = true;
    port_->end_turn_of(shared_from_this());
}

void DevicePort::Impl::Connection::end_turn() {
    const bool was_full = !unsent_.empty() || pending_.size() >= kPendingBytes;
    if (finished_ || !flush()) return;
    if (closing_) return finish(reason_);
    if (!unsent_.empty()) return;
    if (was_full && handler_) handler_->writable();
    wait_readable();
}

/// Encrypts what this turn queued and sends it; false when the connection ended over it.
bool DevicePort::Impl::Connection::flush() {
    port_->ciphertext_.clear();
    if (!pending_.empty()) {
        if (!tls_ || !tls_->send(pending_, port_->ciphertext_)) return finish("TLS: cannot send"), false;
        std::vector<std::uint8_t>{}.swap(pending_);
    }
    if (closing_ && tls_) tls_->close(port_->ciphertext_);
    return write_out(port_->ciphertext_);
}

bool DevicePort::Impl::Connection::write_out(Bytes ciphertext) {
    if (!unsent_.empty()) {
        unsent_.insert(unsent_.end(), ciphertext.begin(), ciphertext.end());
        ciphertext = unsent_;
    }
    while (!ciphertext.empty()) {
        const ssize_t sent =
            ::send(socket_.native_handle(), ciphertext.data(), ciphertext.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) {
            finish(error_code(errno, boost::system::system_category()).message());
            return false;
        }
        port_->counters_.sent_bytes += std::uint64_t(sent);
        ciphertext = ciphertext.subspan(std::size_t(sent));
    }
    if (ciphertext.size() > port_->limits_.output_bytes_max) return finish("the device does not read"), false;
    keep_unsent(ciphertext);
    return true;
}

void DevicePort::Impl::Connection::keep_unsent(Bytes rest) {
    std::vector<std::uint8_t>(rest.begin(), rest.end()).swap(unsent_);
    if (!unsent_.empty()) wait_writable();
}

void DevicePort::Impl::Connection::on_deadline() {
    const auto self = shared_from_this();
    if (handler_) return handler_->deadline();
    timed_out_ = true;
    finish(tls_ ? "TLS handshake took too long" : "nothing was sent");
}

void DevicePort::Impl::Connection::leave_handshake() {
    if (!handshaking_) return;
    handshaking_ = false;
    --port_->counters_.handshaking;
    if (port_->waiting_for_tls_.empty()) return;
    const auto next = port_->waiting_for_tls_.begin()->second.lock();
    port_->waiting_for_tls_.erase(port_->waiting_for_tls_.begin());
    if (next) boost::asio::post(port_->loop_, [next] { next->resume(); });
}

void DevicePort::Impl::Connection::leave_unproven() {
    if (!unproven_) return;
    unproven_ = false;
    const auto count = port_->unproven_.find(host_of(address_));
    if (--count->second == 0) port_->unproven_.erase(count);
}

/// Ends the connection now; everything after this does nothing.
void DevicePort::Impl::Connection::finish(std::string_view reason) {
    if (finished_) return;
    finished_ = true;
    const auto self = shared_from_this();
    port_->deadlines_.cancel(deadline_);
    port_->waiting_for_tls_.erase(this);
    if (handshaking_ || (!tls_ && timed_out_)) {
        if (tls_) ++port_->counters_.handshakes_failed;
        const Refusal late = tls_ ? Refusal::handshake_timeout : Refusal::nothing_sent;
        port_->metrics_.refusals.note(timed_out_ ? late : refusal_of(tls_->failure()), address_, reason);
    }
    leave_handshake();
    leave_unproven();
    if (handler_) handler_->closed(reason);
    error_code ignored;
    socket_.close(ignored);
    port_->connections_.erase(this);
    // Not here and now: a handler may be on the stack below us.
    boost::asio::post(port_->loop_, [self] {
        self->handler_.reset();
        self->tls_.reset();
    });
}

// ---- the handle

DevicePort::DevicePort(boost::asio::io_context& loop, TlsServer& tls, const DevicePortLimits& limits, Metrics& metrics,
                       OpenHandler open)
    : impl_(std::make_shared<Impl>(loop, tls, limits, metrics, std::move(open))) {}

DevicePort::~DevicePort() {
    impl_->abandon();
}

void DevicePort::on_psk(PskLookup lookup) {
    impl_->psk_lookup_ = std::move(lookup);
}

Result<std::uint16_t, std::string> DevicePort::listen(const std::string& address) {
    return impl_->listen(address);
}
void DevicePort::stop_accepting() {
    impl_->stop_accepting();
}
void DevicePort::close_all(std::string_view reason) {
    impl_->close_all(reason);
}

DevicePortCounters DevicePort::counters() const {
    DevicePortCounters now = impl_->counters_;
    now.open = impl_->connections_.size();
    return now;
}

}  // namespace wasmbed::gateway
