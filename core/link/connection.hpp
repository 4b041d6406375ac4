// What every role of the link does with a connection: bytes in, frames out, errors answered, time limits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/link/close_reason.hpp"
#include "core/link/outbox.hpp"
#include "core/proto/codec.hpp"
#include "core/proto/framing.hpp"

namespace wasmbed::link {

/// Base of the four roles. Does no I/O and reads no clock; its owner moves bytes and tells the time:
///
///     on_bytes(now, bytes from the connection)         when some arrived
///     while (!poll_output(now).empty()) write, consumed(n)   after every call, as far as the connection takes them
///     on_time(now)                                     when next_deadline() has come
///     closed() != none                                 after each: flush poll_output, close the connection
///
/// Events are delivered from inside these calls; a listener may call the session's other methods, but not these.
class Connection {
  public:
    /// Input after the session closed is ignored.
    void on_bytes(Instant now, Bytes input);

    /// What to send next, at most one TLS record's worth (`record_limit`); valid until the next call of a method.
    Bytes poll_output(Instant now);
    /// The transport took `bytes` of what poll_output gave.
    void consumed(std::size_t bytes) { outbox_.consumed(bytes); }

    /// kNever when nothing is to be done at any time.
    Instant next_deadline() const { return closed() == CloseReason::none ? deadline() : kNever; }
    void on_time(Instant now);

    CloseReason closed() const { return closed_; }
    /// Largest TLS record plaintext the peer takes, bytes.
    std::size_t record_limit() const { return record_bytes_max_; }

  protected:
    ~Connection() = default;
    Connection(proto::FrameMemory& receive, proto::FrameMemory& send, std::size_t send_bytes,
               std::size_t receive_frame_max, std::size_t send_frame_max);

    /// One message, its envelope valid. The implementation decodes the body; see `take`.
    virtual void handle(Instant now, const proto::Envelope& envelope) = 0;
    /// Pushes what is due, as far as there is room. Called before output is taken, not after each frame: what many
    /// frames in one read bring about (Acks) leaves once.
    virtual void fill(Instant now) = 0;
    virtual Instant deadline() const = 0;
    virtual void check_time(Instant now) = 0;

    /// Decodes the body; answers `malformed` and closes when it is not what wire.cddl says.
    template <class M>
    bool take(const proto::Envelope& envelope, M& message) {
        return take(envelope, proto::Wire<M>::kShape, &message);
    }
    bool take(const proto::Envelope& envelope, const proto::Shape& shape, void* message);

    /// Pushes, and closes with does_not_fit when it never can be sent. True when pushed.
    template <class M>
    bool send(proto::MessageId id, const M& message) {
        return sent(outbox_.push(id, message));
    }

    /// Answers `id` with an Error as far as there is room, without closing.
    void answer_error(proto::MessageId id, proto::ErrorCode code, std::string_view text);
    /// Answers with an Error, then closes.
    void close_with_error(proto::MessageId id, proto::ErrorCode code, const char* text, CloseReason reason);
    void close(CloseReason reason) { closed_ = closed_ == CloseReason::none ? reason : closed_; }
    /// Forgets the connection: empty buffers, not closed.
    void restart();

    void set_limits(std::size_t send_frame_max, std::size_t record_max);

    proto::FrameParser parser_;
    Outbox outbox_;
    Instant last_heard_;

  private:
    bool sent(Outbox::Push push);
    void on_frame(Instant now, Bytes frame);

    std::size_t record_bytes_max_;
    CloseReason closed_ = CloseReason::none;
};

}  // namespace wasmbed::link
