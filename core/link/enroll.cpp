#include "core/link/enroll.hpp"

namespace wasmbed::link {

using proto::EnrollOutcome;
using proto::ErrorCode;
using proto::MessageType;

namespace {

// Whether an answer is the last on its connection.
CloseReason end_of(const proto::Enrolled& enrolled) {
    switch (enrolled.outcome) {
        case EnrollOutcome::issued:
            return CloseReason::done;
        case EnrollOutcome::refused:
            return CloseReason::refused;
        case EnrollOutcome::pending:
            break;
    }
    return enrolled.retry_seconds ? CloseReason::done : CloseReason::none;
}

}  // namespace

EnrollDevice::EnrollDevice(Instant now, const proto::Enroll& request, MutableBytes receive, MutableBytes send,
                           Events& events)
    : Connection(receive_memory_, send_memory_, send.size(), receive.size(), kEnrollFrameBytesMax),
      receive_memory_(receive),
      send_memory_(send),
      request_(request),
      events_(events),
      deadline_(now + kEnrollTimeout) {}

void EnrollDevice::fill(Instant) {
    constexpr proto::MessageId kId = 1;
    if (!sent_ && send(kId, request_)) sent_ = true;
}

void EnrollDevice::handle(Instant, const proto::Envelope& envelope) {
    if (envelope.type == MessageType::error) {
        proto::Error error;
        if (take(envelope, error)) close(CloseReason::refused);
        return;
    }
    if (envelope.type != MessageType::enrolled || !sent_) {
        close_with_error(envelope.id, ErrorCode::not_expected, "only an answer to enroll", CloseReason::not_expected);
        return;
    }
    proto::Enrolled enrolled;
    if (!take(envelope, enrolled)) return;
    if (enrolled.outcome == EnrollOutcome::issued && (enrolled.chain.empty() || enrolled.uid.empty())) {
        close_with_error(envelope.id, ErrorCode::malformed, "issued without chain or uid", CloseReason::malformed);
        return;
    }
    close(end_of(enrolled));
    events_.on_enrolled(enrolled);
}

void EnrollDevice::check_time(Instant now) {
    if (now >= deadline_) close(CloseReason::peer_silent);
}

EnrollGateway::EnrollGateway(Instant now, proto::FrameMemory& memory, Events& events)
    : Connection(memory, memory, kBeforeHelloBytesMax, kEnrollFrameBytesMax, proto::kFrameBytesMax),
      events_(events),
      deadline_(now + kFirstMessageTimeout) {}

void EnrollGateway::handle(Instant now, const proto::Envelope& envelope) {
    if (envelope.type != MessageType::enroll || asked_) {
        close_with_error(envelope.id, ErrorCode::not_expected, "one enroll and nothing else",
                         CloseReason::not_expected);
        return;
    }
    proto::Enroll enroll;
    if (!take(envelope, enroll)) return;
    asked_ = true;
    id_ = envelope.id;
    deadline_ = now + kEnrollTimeout;
    events_.on_enroll(enroll);
}

void EnrollGateway::answer(const proto::Enrolled& enrolled) {
    if (!asked_ || closed() != CloseReason::none) return;
    // A `pending` that waits for the transport is at most one frame: what does not fit behind it never comes.
    if (!send(id_, enrolled)) close(CloseReason::does_not_fit);
    close(end_of(enrolled));
}

void EnrollGateway::check_time(Instant now) {
    if (now >= deadline_) close(asked_ ? CloseReason::peer_silent : CloseReason::no_hello);
}

}  // namespace wasmbed::link
