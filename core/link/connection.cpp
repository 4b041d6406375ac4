#include "core/link/connection.hpp"

#include <algorithm>

#include "core/link/limits.hpp"

namespace wasmbed::link {

using proto::ErrorCode;
using proto::FrameParser;

Connection::Connection(proto::FrameMemory& receive, proto::FrameMemory& send, std::size_t send_bytes,
                       std::size_t receive_frame_max, std::size_t send_frame_max)
    : parser_(receive, receive_frame_max),
      outbox_(send, send_bytes, send_frame_max),
      record_bytes_max_(kBeforeHelloBytesMax) {}

void Connection::on_bytes(Instant now, Bytes input) {
    while (closed_ == CloseReason::none) {
        switch (parser_.next(input)) {
            case FrameParser::Status::need_more:
                return;
            case FrameParser::Status::frame:
                on_frame(now, parser_.frame());
                break;
            case FrameParser::Status::too_large:
                close_with_error(0, ErrorCode::too_large, "frame over the limit", CloseReason::frame_too_large);
                break;
            case FrameParser::Status::empty:
                close_with_error(0, ErrorCode::malformed, "empty frame", CloseReason::malformed);
                break;
            case FrameParser::Status::no_memory:
                close_with_error(0, ErrorCode::busy, "no memory for the frame", CloseReason::no_memory);
                break;
        }
    }
}

void Connection::on_frame(Instant now, Bytes frame) {
    const auto envelope = proto::decode_envelope(frame);
    if (!envelope) {
        close_with_error(0, ErrorCode::malformed, proto::cbor_error_name(envelope.error().kind),
                         CloseReason::malformed);
        return;
    }
    last_heard_ = now;
    handle(now, *envelope);
}

Bytes Connection::poll_output(Instant now) {
    if (closed_ == CloseReason::none) fill(now);
    const Bytes all = outbox_.pending();
    return all.first(std::min(all.size(), record_bytes_max_));
}

void Connection::on_time(Instant now) {
    if (closed_ == CloseReason::none) check_time(now);
}

bool Connection::take(const proto::Envelope& envelope, const proto::Shape& shape, void* message) {
    const auto decoded = proto::detail::decode_body(envelope, shape, message);
    if (decoded) return true;
    close_with_error(envelope.id, ErrorCode::malformed, proto::cbor_error_name(decoded.error().kind),
                     CloseReason::malformed);
    return false;
}

bool Connection::sent(Outbox::Push push) {
    if (push == Outbox::Push::never) close(CloseReason::does_not_fit);
    return push == Outbox::Push::done;
}

void Connection::answer_error(proto::MessageId id, ErrorCode code, std::string_view text) {
    // Bounded: when the peer does not read its answers, it gets no more of them.
    static_cast<void>(outbox_.push(id, proto::Error{.code = code, .text = text}));
}

void Connection::close_with_error(proto::MessageId id, ErrorCode code, const char* text, CloseReason reason) {
    answer_error(id, code, text);
    close(reason);
}

void Connection::restart() {
    parser_.reset();
    outbox_.clear();
    closed_ = CloseReason::none;
}

void Connection::set_limits(std::size_t send_frame_max, std::size_t record_max) {
    outbox_.set_frame_limit(send_frame_max);
    record_bytes_max_ = record_max;
}

}  // namespace wasmbed::link
