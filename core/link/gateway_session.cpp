#include "core/link/gateway_session.hpp"

#include <algorithm>
#include <utility>

#include "core/base/endian.hpp"

namespace wasmbed::link {

using proto::ErrorCode;
using proto::MessageType;

namespace {

// What the outbox acquires at once: heartbeats, Acks and answers coalesce in it; larger frames get what they need.
constexpr std::size_t kSendBytes = 512;
// Larger records than this gain nothing and cost memory in the TLS library.
constexpr std::size_t kRecordBytesMax = 16384;
constexpr std::size_t kRecordBytesMin = 64;

}  // namespace

GatewaySession::GatewaySession(Instant now, proto::FrameMemory& memory, GatewayEvents& events)
    : Connection(memory, memory, kSendBytes, kBeforeHelloBytesMax, kBeforeHelloBytesMax), events_(events) {
    last_heard_ = now;
}

void GatewaySession::handle(Instant, const proto::Envelope& envelope) {
    const bool is_hello = envelope.type == MessageType::hello;
    const bool in_order = phase_ == Phase::hello_awaited ? is_hello : phase_ == Phase::welcomed && !is_hello;
    if (!in_order && envelope.type != MessageType::error) {
        close_with_error(envelope.id, ErrorCode::not_expected, "hello comes first, once", CloseReason::not_expected);
        return;
    }
    switch (envelope.type) {
        case MessageType::hello:
            on_hello(envelope);
            break;
        case MessageType::reported:
            deliver<proto::Reported>(envelope);
            break;
        case MessageType::heartbeat:
            deliver<proto::Heartbeat>(envelope);
            break;
        case MessageType::fetch:
            on_fetch(envelope);
            break;
        case MessageType::renew:
            on_renew(envelope);
            break;
        case MessageType::log:
            deliver_record<proto::Log>(envelope);
            break;
        case MessageType::event:
            deliver_record<proto::Event>(envelope);
            break;
        case MessageType::dropped:
            deliver_record<proto::Dropped>(envelope);
            break;
        case MessageType::error: {
            // Nothing of ours waits for an answer; it must be well-formed all the same.
            proto::Error error;
            static_cast<void>(take(envelope, error));
            break;
        }
        case MessageType::welcome:
        case MessageType::desired:
        case MessageType::chunk:
        case MessageType::ack:
        case MessageType::enroll:
        case MessageType::enrolled:
        case MessageType::renewed:
            close_with_error(envelope.id, ErrorCode::not_expected, "not for a gateway", CloseReason::not_expected);
            break;
        default:
            answer_error(envelope.id, ErrorCode::unknown_type, "unknown type");
    }
}

void GatewaySession::on_hello(const proto::Envelope& envelope) {
    proto::Hello hello;
    if (!take(envelope, hello)) return;
    if (hello.protocol != proto::kProtocolVersion || hello.frame_max < kFrameBytesMin ||
        hello.record_max < kRecordBytesMin) {
        close_with_error(envelope.id, ErrorCode::refused, "protocol must be 1, frames 256 bytes, records 64 at least",
                         CloseReason::refused);
        return;
    }
    phase_ = Phase::hello_received;
    hello_id_ = envelope.id;
    boot_id_ = hello.boot_id;
    const std::size_t frame_max = std::min<std::size_t>(hello.frame_max, proto::kFrameBytesMax);
    const std::size_t record_max = std::min<std::size_t>(hello.record_max, kRecordBytesMax);
    set_limits(frame_max, record_max);
    parser_.set_limit(proto::kFrameBytesMax);
    const std::size_t chunk_frame = std::min(frame_max + proto::kFramePrefixBytes, record_max);
    chunk_bytes_max_ = std::min(std::max(chunk_frame, proto::kChunkOverheadBytes + 1) - proto::kChunkOverheadBytes,
                                kChunkDataBytesMax);
    events_.on_hello(hello);
}

void GatewaySession::welcome(Instant now, const proto::Welcome& welcome, std::uint64_t stored_seq) {
    if (phase_ != Phase::hello_received || closed() != CloseReason::none) return;
    phase_ = Phase::welcomed;
    welcome_ = welcome;
    welcome_due_ = true;
    desired_due_ = true;
    received_seq_ = stored_seq_ = stored_seq;
    // The device may have missed the last Ack.
    ack_due_ = stored_seq > 0;
    heartbeat_ = Duration::seconds(welcome.heartbeat_seconds);
    next_heartbeat_ = now + heartbeat_;
    last_heard_ = now;
}

void GatewaySession::refuse(std::string_view reason) {
    if (phase_ != Phase::hello_received) return;
    answer_error(hello_id_, ErrorCode::refused, reason);
    close(CloseReason::refused);
}

template <class M>
void GatewaySession::deliver(const proto::Envelope& envelope) {
    M message;
    if (take(envelope, message)) dispatch(message);
}

template <class M>
void GatewaySession::deliver_record(const proto::Envelope& envelope) {
    M record;
    delivered_body_ = envelope.body;
    if (take(envelope, record) && accept_record(record.head, envelope.id)) dispatch(record);
    delivered_body_ = {};
}

// Once and in order: what is stored already is acknowledged again, a gap ends the session, after which the device sends
// everything that is not acknowledged. Only the first record may be ahead: another gateway has what is before it.
bool GatewaySession::accept_record(const proto::StreamHead& head, proto::MessageId id) {
    if (head.boot_id != boot_id_) {
        close_with_error(id, ErrorCode::not_expected, "record of another boot", CloseReason::out_of_sequence);
        return false;
    }
    if (head.seq <= received_seq_) {
        ack_due_ = stored_seq_ > 0;
        return false;
    }
    if (any_record_ && head.seq != received_seq_ + 1) {
        close_with_error(id, ErrorCode::not_expected, "gap in the records", CloseReason::out_of_sequence);
        return false;
    }
    any_record_ = true;
    received_seq_ = head.seq;
    return true;
}

void GatewaySession::stored(std::uint64_t seq) {
    if (seq <= stored_seq_ || seq > received_seq_) return;
    stored_seq_ = seq;
    ack_due_ = true;
}

void GatewaySession::on_fetch(const proto::Envelope& envelope) {
    Request request{.id = envelope.id, .fetch = {}};
    if (!take(envelope, request.fetch)) return;
    if (!requests_.push_back(request)) answer_error(envelope.id, ErrorCode::busy, "too many fetches at once");
}

void GatewaySession::on_renew(const proto::Envelope& envelope) {
    proto::Renew renew;
    if (!take(envelope, renew)) return;
    if (renewing_) return answer_error(envelope.id, ErrorCode::busy, "a renewal is under way");
    renewing_ = true;
    renew_id_ = envelope.id;
    events_.on_renew(renew);
}

void GatewaySession::refuse_renewal(ErrorCode code, std::string_view reason) {
    if (!std::exchange(renewing_, false)) return;
    renewed_due_ = false;
    answer_error(renew_id_, code, reason);
}

// A chain that the device cannot take is no reason to end its session.
void GatewaySession::send_renewed() {
    switch (outbox_.push(renew_id_, events_.renewed())) {
        case Outbox::Push::done:
            renewing_ = renewed_due_ = false;
            break;
        case Outbox::Push::never:
            refuse_renewal(ErrorCode::too_large, "the certificate is larger than the device's frames");
            break;
        case Outbox::Push::later:
            break;
    }
}

void GatewaySession::fill(Instant) {
    if (phase_ != Phase::welcomed) return;
    if (welcome_due_ && send(hello_id_, welcome_)) welcome_due_ = false;
    if (welcome_due_) return;
    if (ack_due_ && send(0, proto::Ack{.boot_id = boot_id_, .seq = stored_seq_})) ack_due_ = false;
    if (heartbeat_due_ && send(0, proto::Heartbeat{.time_ms = events_.wall_time_ms()})) heartbeat_due_ = false;
    if (desired_due_ && send(0, events_.desired())) desired_due_ = false;
    if (renewed_due_) send_renewed();
    while (!requests_.empty() && !blob_wait_ && closed() == CloseReason::none) {
        if (!serve_request()) return;
    }
}

// Answers the oldest request, so that parts arrive in the order they were asked for. False when there is no room.
bool GatewaySession::serve_request() {
    const Request request = requests_.front();
    const Blob blob = events_.blob(request.fetch.digest);
    if (blob.state == Blob::State::later) {
        blob_wait_ = true;
        return true;
    }
    const std::uint64_t total = blob.data.size();
    if (blob.state == Blob::State::missing || request.fetch.offset > total) {
        const bool missing = blob.state == Blob::State::missing;
        const proto::Error error{.code = missing ? ErrorCode::not_found : ErrorCode::refused,
                                 .text = missing ? "no such blob" : "offset beyond the end"};
        if (!send(request.id, error)) return false;
        requests_.erase(0);
        return true;
    }
    const std::size_t bytes =
        std::min<std::uint64_t>({request.fetch.length, total - request.fetch.offset, chunk_bytes_max_});
    const proto::Chunk chunk{.digest = request.fetch.digest,
                             .offset = request.fetch.offset,
                             .total = total,
                             .data = blob.data.subspan(static_cast<std::size_t>(request.fetch.offset), bytes)};
    if (!send(request.id, chunk)) return false;
    requests_.erase(0);
    events_.on_served(chunk.digest, chunk.offset, bytes, total);
    return true;
}

Instant GatewaySession::deadline() const {
    // Between Hello and welcome the gateway itself is working; its own calls have deadlines.
    if (phase_ == Phase::hello_received) return kNever;
    if (phase_ == Phase::hello_awaited) return last_heard_ + kFirstMessageTimeout;
    return sooner(next_heartbeat_, last_heard_ + Duration{kMissedHeartbeats * heartbeat_.ms});
}

void GatewaySession::check_time(Instant now) {
    if (phase_ == Phase::hello_received) return;
    if (phase_ == Phase::hello_awaited) {
        if (now >= last_heard_ + kFirstMessageTimeout) close(CloseReason::no_hello);
        return;
    }
    if (now >= last_heard_ + Duration{kMissedHeartbeats * heartbeat_.ms}) {
        close(CloseReason::peer_silent);
    } else if (now >= next_heartbeat_) {
        heartbeat_due_ = true;
        next_heartbeat_ = now + heartbeat_;
    }
}

}  // namespace wasmbed::link
