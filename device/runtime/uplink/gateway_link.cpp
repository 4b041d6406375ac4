#include "device/runtime/uplink/gateway_link.hpp"

#include "core/base/text_writer.hpp"

namespace wasmbed {
namespace {

using transport::TlsState;

constexpr Duration kBackoffMin{250};
constexpr Duration kBackoffMax = Duration::seconds(30);
/// Connection setup and handshake together; a Cortex-M3 at 25 MHz needs about 10 s for its signatures.
constexpr Duration kConnectTimeout = Duration::seconds(60);
/// After a refused enrollment: nothing changes before a person acts.
constexpr std::uint32_t kRefusedPauseSeconds = 60;
/// While TLS computes or waits for its peer it is looked at this often.
constexpr Duration kHandshakePoll{2};
/// TLS records moved per turn and direction, so that apps get their slices.
constexpr int kRecordsPerTurn = 4;
constexpr std::string_view kSessionAlpn = "wasmbed/1";
constexpr std::string_view kEnrollAlpn = "wasmbed-enroll/1";
/// The only suite of device/third_party/config.
constexpr std::string_view kCiphersuite = "TLS_AES_128_GCM_SHA256";

}  // namespace

GatewayLink::GatewayLink(const Parts& parts) : parts_(parts), tls_(parts.stream), backoff_(kBackoffMin, kBackoffMax) {}

void GatewayLink::set_gateways(const proto::List<std::string_view>& gateways) {
    named_.clear();
    for (const std::string_view gateway : gateways) {
        if (gateway.size() <= kAddressBytesMax) (void)named_.push_back(FixedString<kAddressBytesMax>{gateway});
    }
}

/// The named gateways, then the factory's, round and round.
bool GatewayLink::next_address() {
    const auto& factory = parts_.identity.provision().gateways;
    const std::size_t count = named_.size() + factory.size();
    if (count == 0) return false;
    std::size_t index = next_gateway_++ % count;
    if (index < named_.size()) return address_.assign(named_[index].view());
    index -= named_.size();
    for (const std::string_view gateway : factory) {
        if (index-- == 0) return address_.assign(gateway);
    }
    return false;
}

Instant GatewayLink::poll(Instant now) {
    if (parts_.network != nullptr && parts_.network->state() != hal::NetworkState::Up) {
        if (phase_ != Phase::Waiting) drop(now, "network is down");
        return kNever;
    }
    switch (phase_) {
        case Phase::Waiting:
            if (now < retry_at_) return retry_at_;
            connect(now);
            return now;
        case Phase::Connecting:
            return poll_connecting(now);
        case Phase::Session:
            return pump(now, parts_.session);
        case Phase::Enrolling:
            return pump(now, *enrollment_);
    }
    return kNever;
}

void GatewayLink::connect(Instant now) {
    if (!next_address()) return drop(now, "no gateway is known");
    const bool enrolled = parts_.identity.enrolled();
    transport::TlsOptions options;
    options.address = address_;
    options.alpn = enrolled ? kSessionAlpn : kEnrollAlpn;
    options.roots = parts_.identity.roots();
    if (enrolled) {
        options.chain = parts_.identity.chain();
        options.key = &parts_.identity.key();
    } else if (repeated_failures_ == 0) {
        char line[160];
        parts_.log.boot(LogLevel::info, TextWriter{line}.text("enrolling with ").text(address_).view());
    }
    was_welcomed_ = false;
    enroll_pause_seconds_ = 0;
    give_up_at_ = now + kConnectTimeout;
    phase_ = Phase::Connecting;
    if (const auto started = tls_.start(options); !started) drop(now, transport::text_of(started.error()));
}

Instant GatewayLink::poll_connecting(Instant now) {
    const TlsState state = tls_.poll();
    if (state == TlsState::Open) {
        if (parts_.identity.enrolled()) {
            begin_session(now);
            return now;
        }
        return begin_enrollment(now);
    }
    if (state == TlsState::Failed || state == TlsState::Closed || state == TlsState::Idle) {
        const bool stream = tls_.error() == transport::TlsError::Stream;
        drop(now, stream ? hal::text_of(tls_.stream_error()) : transport::text_of(tls_.error()));
        return retry_at_;
    }
    if (now >= give_up_at_) {
        drop(now, "no answer in time");
        return retry_at_;
    }
    return state == TlsState::Handshaking ? now + kHandshakePoll : give_up_at_;
}

void GatewayLink::begin_session(Instant now) {
    char line[200];
    TextWriter text{line};
    text.text("connected to ").text(address_).text(", TLSv1.3 ").text(kCiphersuite);
    parts_.log.boot(LogLevel::info, text.view());
    renewal_refused_ = false;
    parts_.session.connected(now);
    phase_ = Phase::Session;
}

/// A certificate request for the device's key; empty when it could not be signed.
Bytes GatewayLink::make_request() {
    const proto::Provision& provision = parts_.identity.provision();
    const std::string_view common_name = provision.uid.empty() ? std::string_view{"wasmbed-device"} : provision.uid;
    return parts_.identity.key().make_csr(common_name, csr_).value_or(Bytes{});
}

void GatewayLink::on_wall_time(std::uint64_t unix_ms) {
    if (!renewal_refused_ && parts_.identity.renewal_due(unix_ms)) parts_.session.renew();
}

void GatewayLink::on_renewed(const proto::Renewed& renewed) {
    const Result<void, IdentityError> adopted = parts_.identity.adopt_renewed(renewed.chain);
    renewal_refused_ = !adopted;
    parts_.log.boot(adopted ? LogLevel::info : LogLevel::error,
                    adopted ? "certificate renewed" : text_of(adopted.error()));
}

void GatewayLink::on_renewal_refused(proto::ErrorCode code, std::string_view text) {
    renewal_refused_ = code != proto::ErrorCode::busy;
    char line[160];
    parts_.log.boot(LogLevel::warn, TextWriter{line}.text("certificate not renewed: ").text(text).view());
}

Instant GatewayLink::begin_enrollment(Instant now) {
    const proto::Provision& provision = parts_.identity.provision();
    const Bytes csr = make_request();
    if (csr.empty()) {
        drop(now, "no certificate request could be made");
        return retry_at_;
    }
    request_ = {};
    request_.name = provision.name;
    request_.hardware_id = parts_.info.hardware_id();
    request_.token_id = provision.token.id;
    request_.token = provision.token.secret;
    request_.csr = csr;
    request_.board = parts_.info.board();
    enrollment_.emplace(now, request_, parts_.receive, parts_.send, static_cast<link::EnrollDevice::Events&>(*this));
    phase_ = Phase::Enrolling;
    return now;
}

void GatewayLink::on_enrolled(const proto::Enrolled& enrolled) {
    char line[360];
    TextWriter text{line};
    switch (enrolled.outcome) {
        case proto::EnrollOutcome::pending:
            enroll_pause_seconds_ = enrolled.retry_seconds.value_or(1);
            parts_.log.boot(LogLevel::info, "enrollment waits for approval");
            return;
        case proto::EnrollOutcome::refused:
            enroll_pause_seconds_ = kRefusedPauseSeconds;
            text.text("enrollment refused: ").text(enrolled.reason);
            parts_.log.boot(LogLevel::error, text.view());
            return;
        case proto::EnrollOutcome::issued:
            break;
    }
    if (const Result<void, IdentityError> adopted = parts_.identity.adopt(enrolled); !adopted) {
        enroll_pause_seconds_ = kRefusedPauseSeconds;
        text.text("certificate not taken: ").text(text_of(adopted.error()));
        parts_.log.boot(LogLevel::error, text.view());
        return;
    }
    text.text("enrolled as ").text(parts_.identity.name());
    parts_.log.boot(LogLevel::info, text.view());
}

/// Moves bytes between TLS and the session, a bounded number of records.
Instant GatewayLink::pump(Instant now, link::Connection& connection) {
    TlsState state = tls_.poll();
    std::uint8_t buffer[512];
    bool moved = false;
    for (int i = 0; i < kRecordsPerTurn * 4 && (state == TlsState::Open || state == TlsState::Closed); ++i) {
        const auto got = tls_.read(buffer);
        if (!got || *got == 0) break;
        connection.on_bytes(now, {buffer, *got});
        moved = true;
    }
    connection.on_time(now);
    bool blocked = false;
    for (int i = 0; i < kRecordsPerTurn && state == TlsState::Open; ++i) {
        Bytes output = connection.poll_output(now);
        if (output.empty()) break;
        if (output.size() > transport::TlsClient::kRecordOutBytesMax)
            output = output.first(transport::TlsClient::kRecordOutBytesMax);
        const auto sent = tls_.write(output);
        if (!sent || *sent == 0) {
            blocked = sent.has_value();
            break;
        }
        connection.consumed(*sent);
        moved = true;
    }
    state = tls_.poll();
    was_welcomed_ = was_welcomed_ || (phase_ == Phase::Session && parts_.session.welcomed());

    if (connection.closed() != link::CloseReason::none && !blocked) {
        drop(now, link::close_reason_name(connection.closed()));
        return retry_at_;
    }
    if (state != TlsState::Open) {
        const bool stream = tls_.error() == transport::TlsError::Stream;
        const char* why = state == TlsState::Closed ? "closed by the gateway"
                          : stream                  ? hal::text_of(tls_.stream_error())
                                                    : transport::text_of(tls_.error());
        drop(now, why);
        return retry_at_;
    }
    if (moved) return now;
    return blocked ? sooner(now + kHandshakePoll, connection.next_deadline()) : connection.next_deadline();
}

/// Ends whatever is under way. A reason is logged when it is another than the time before.
void GatewayLink::drop(Instant now, const char* why) {
    const bool enrolling = phase_ == Phase::Enrolling || !parts_.identity.enrolled();
    const bool expected = phase_ == Phase::Enrolling && (parts_.identity.enrolled() || enroll_pause_seconds_ > 0);
    if (phase_ == Phase::Session) parts_.session.disconnected();
    enrollment_.reset();
    tls_.close();
    if (was_welcomed_ || expected) {
        backoff_.reset();
        repeated_failures_ = 0;
        last_failure_.clear();
    }
    if (!expected && !(last_failure_ == why)) {
        char line[300];
        TextWriter text{line};
        text.text(enrolling       ? "enrollment at "
                  : was_welcomed_ ? "session with "
                                  : "connection to ")
            .text(address_)
            .text(" ended: ")
            .text(why);
        parts_.log.boot(LogLevel::warn, text.view());
        last_failure_.assign(why);
    }
    repeated_failures_ += expected ? 0 : 1;
    phase_ = Phase::Waiting;
    retry_at_ = pause(now);
}

Instant GatewayLink::pause(Instant now) {
    if (enroll_pause_seconds_ > 0) return now + Duration::seconds(enroll_pause_seconds_);
    if (parts_.identity.enrolled() && repeated_failures_ == 0 && !was_welcomed_) return now;  // just enrolled
    std::uint8_t random[4] = {};
    (void)parts_.crypto.random(random);  // without it the pause has no jitter, which harms nobody else
    return now +
           backoff_.next(random[0] | random[1] << 8 | random[2] << 16 | static_cast<std::uint32_t>(random[3]) << 24);
}

}  // namespace wasmbed
