// The enrollment exchange (ALPN wasmbed-enroll/1): one Enroll up, one or two Enrolled down.
#pragma once

#include <cstdint>

#include "core/link/connection.hpp"
#include "core/link/limits.hpp"

namespace wasmbed::link {

/// The device's side. Closes with `done` after `issued` or a `pending` with a retry time, `refused` after a refusal.
class EnrollDevice final : public Connection {
  public:
    class Events {
      public:
        /// Views are valid during the call only. Called again when `issued` follows `pending`.
        virtual void on_enrolled(const proto::Enrolled& enrolled) = 0;

      protected:
        ~Events() = default;
    };

    /// `request` and its views must outlive the object. `receive` holds the certificate chain, `send` the request.
    EnrollDevice(Instant now, const proto::Enroll& request, MutableBytes receive, MutableBytes send, Events& events);
    /// The base class must give its memory back before the members that own it go.
    ~EnrollDevice() { restart(); }

  private:
    void handle(Instant now, const proto::Envelope& envelope) override;
    void fill(Instant now) override;
    Instant deadline() const override { return deadline_; }
    void check_time(Instant now) override;

    proto::FixedFrameMemory receive_memory_;
    proto::FixedFrameMemory send_memory_;
    const proto::Enroll& request_;
    Events& events_;
    Instant deadline_;
    bool sent_ = false;
};

/// The gateway's side. Takes one Enroll and nothing else.
class EnrollGateway final : public Connection {
  public:
    class Events {
      public:
        virtual ~Events() = default;
        /// Views are valid during the call only. The gateway answers, now or later, with EnrollGateway::answer.
        virtual void on_enroll(const proto::Enroll& enroll) = 0;
    };

    EnrollGateway(Instant now, proto::FrameMemory& memory, Events& events);

    /// Sends the answer; `issued`, `refused` and a `pending` with a retry time close the connection, another `pending`
    /// keeps it open for `issued`.
    void answer(const proto::Enrolled& enrolled);

  private:
    void handle(Instant now, const proto::Envelope& envelope) override;
    void fill(Instant) override {}
    Instant deadline() const override { return deadline_; }
    void check_time(Instant now) override;

    Events& events_;
    Instant deadline_;
    proto::MessageId id_ = 0;
    bool asked_ = false;
};

}  // namespace wasmbed::link
