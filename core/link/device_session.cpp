#include "core/link/device_session.hpp"

#include <algorithm>

#include "core/link/limits.hpp"

namespace wasmbed::link {

using proto::ErrorCode;
using proto::MessageType;

DeviceSession::DeviceSession(const proto::Hello& hello, const DeviceMemory& memory, DeviceEvents& events)
    : Connection(receive_memory_, send_memory_, memory.send.size(), hello.frame_max, proto::kFrameBytesMax),
      receive_memory_(memory.receive),
      send_memory_(memory.send),
      hello_(hello),
      events_(events),
      ring_(memory.stream, hello.boot_id) {
    WASMBED_ASSERT(hello.frame_max <= memory.receive.size() && hello.frame_max >= kFrameBytesMin);
}

void DeviceSession::connected(Instant now) {
    restart();
    phase_ = Phase::hello_due;
    last_heard_ = now;
    heartbeat_ = {};
    next_heartbeat_ = kNever;
    heartbeat_due_ = false;
    report_due_ = true;
    renew_due_ = false;
    renew_id_ = 0;
}

void DeviceSession::disconnected() {
    restart();
    phase_ = Phase::offline;
    ring_.rewind();
    fetch_.forget_requests();
}

void DeviceSession::handle(Instant now, const proto::Envelope& envelope) {
    if (phase_ != Phase::welcomed && envelope.type != MessageType::welcome && envelope.type != MessageType::error) {
        close_with_error(envelope.id, ErrorCode::not_expected, "before welcome", CloseReason::not_expected);
        return;
    }
    switch (envelope.type) {
        case MessageType::error:
            on_error(envelope);
            break;
        case MessageType::welcome:
            on_welcome(now, envelope);
            break;
        case MessageType::desired:
            on_desired(envelope);
            break;
        case MessageType::chunk:
            on_chunk(envelope);
            break;
        case MessageType::ack:
            on_ack(envelope);
            break;
        case MessageType::renewed:
            on_renewed(envelope);
            break;
        case MessageType::heartbeat: {
            proto::Heartbeat heartbeat;
            if (take(envelope, heartbeat)) events_.on_wall_time(heartbeat.time_ms);
            break;
        }
        case MessageType::hello:
        case MessageType::reported:
        case MessageType::fetch:
        case MessageType::log:
        case MessageType::event:
        case MessageType::dropped:
        case MessageType::enroll:
        case MessageType::enrolled:
        case MessageType::renew:
            close_with_error(envelope.id, ErrorCode::not_expected, "not for a device", CloseReason::not_expected);
            break;
        default:
            answer_error(envelope.id, ErrorCode::unknown_type, "unknown type");
    }
}

void DeviceSession::on_welcome(Instant now, const proto::Envelope& envelope) {
    proto::Welcome welcome;
    if (phase_ != Phase::hello_sent) {
        close_with_error(envelope.id, ErrorCode::not_expected, "second welcome", CloseReason::not_expected);
        return;
    }
    if (!take(envelope, welcome)) return;
    phase_ = Phase::welcomed;
    heartbeat_ = Duration::seconds(welcome.heartbeat_seconds);
    next_heartbeat_ = now + heartbeat_;
    events_.on_welcome(welcome);
}

void DeviceSession::on_desired(const proto::Envelope& envelope) {
    proto::Desired desired;
    if (!take(envelope, desired)) return;
    // Each Desired is answered, changed or not: the gateway learns that it arrived.
    report_due_ = true;
    events_.on_desired(desired);
}

void DeviceSession::on_ack(const proto::Envelope& envelope) {
    proto::Ack ack;
    if (!take(envelope, ack)) return;
    // An Ack of another boot is for records that went with that boot.
    if (ack.boot_id == hello_.boot_id && !ring_.acknowledge(ack.seq)) {
        close_with_error(envelope.id, ErrorCode::not_expected, "ack of a record not sent",
                         CloseReason::out_of_sequence);
    }
}

void DeviceSession::on_chunk(const proto::Envelope& envelope) {
    proto::Chunk chunk;
    if (!take(envelope, chunk)) return;
    switch (fetch_.on_chunk(envelope.id, chunk)) {
        case BlobFetch::Answer::ignored:
            return;
        case BlobFetch::Answer::failed:
            events_.on_fetch_failed(fetch_.digest(), fetch_.failure());
            return;
        case BlobFetch::Answer::data:
            break;
    }
    const bool complete = fetch_.complete();
    // Before the events: the listener may start the next fetch from inside them.
    if (complete) fetch_.stop();
    events_.on_chunk(chunk.digest, chunk.offset, chunk.total, chunk.data);
    if (complete) events_.on_fetched(chunk.digest, chunk.total);
}

void DeviceSession::on_error(const proto::Envelope& envelope) {
    proto::Error error;
    if (!take(envelope, error)) return;
    if (phase_ != Phase::welcomed) {
        close(CloseReason::refused);
        return;
    }
    if (renew_id_ != 0 && envelope.id == renew_id_) {
        renew_id_ = 0;
        events_.on_renewal_refused(error.code, error.text);
        return;
    }
    const Digest digest = fetch_.digest();
    if (fetch_.on_error(envelope.id, error.code) == BlobFetch::Answer::failed) {
        events_.on_fetch_failed(digest, fetch_.failure());
    }
}

void DeviceSession::on_renewed(const proto::Envelope& envelope) {
    proto::Renewed renewed;
    if (!take(envelope, renewed)) return;
    if (renew_id_ == 0 || envelope.id != renew_id_) {
        close_with_error(envelope.id, ErrorCode::not_expected, "no renewal was asked for", CloseReason::not_expected);
        return;
    }
    renew_id_ = 0;
    events_.on_renewed(renewed);
}

void DeviceSession::fill(Instant now) {
    if (phase_ == Phase::hello_due) {
        hello_.uptime_ms = now.ms;
        if (send(++last_id_, hello_)) phase_ = Phase::hello_sent;
    }
    if (phase_ != Phase::welcomed) return;
    if (heartbeat_due_) {
        proto::Heartbeat heartbeat{.time_ms = now.ms};
        events_.add_usage(heartbeat);
        if (send(0, heartbeat)) heartbeat_due_ = false;
    }
    if (report_due_ && send(0, events_.reported())) report_due_ = false;
    if (renew_due_ && send(last_id_ + 1, events_.renewal())) {
        renew_id_ = ++last_id_;
        renew_due_ = false;
    }
    send_fetches();
    send_records(now);
}

// A chunk's frame fills one TLS record at most, and fits the frame limit.
std::uint32_t DeviceSession::chunk_bytes() const {
    const std::size_t frame = std::min<std::size_t>(hello_.frame_max + proto::kFramePrefixBytes, hello_.record_max);
    const std::size_t data = frame > proto::kChunkOverheadBytes ? frame - proto::kChunkOverheadBytes : 1;
    return static_cast<std::uint32_t>(std::min(data, kChunkDataBytesMax));
}

void DeviceSession::send_fetches() {
    while (const auto request = fetch_.next_request(chunk_bytes())) {
        if (!send(last_id_ + 1, *request)) return;
        fetch_.asked(++last_id_, *request);
    }
}

void DeviceSession::send_records(Instant now) {
    ring_.note_losses(now);
    for (Bytes record = ring_.next(); !record.empty(); record = ring_.next()) {
        const MutableBytes room = outbox_.reserve(record.size());
        if (room.empty()) {
            if (outbox_.empty()) close(CloseReason::does_not_fit);
            return;
        }
        std::ranges::copy(record, room.begin());
        outbox_.commit(record.size());
        ring_.advance();
    }
}

Instant DeviceSession::deadline() const {
    switch (phase_) {
        case Phase::offline:
            return kNever;
        case Phase::hello_due:
        case Phase::hello_sent:
            return last_heard_ + kFirstMessageTimeout;
        case Phase::welcomed:
            break;
    }
    return sooner(next_heartbeat_, last_heard_ + Duration{kMissedHeartbeats * heartbeat_.ms});
}

void DeviceSession::check_time(Instant now) {
    if (phase_ == Phase::offline) return;
    if (phase_ != Phase::welcomed) {
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
