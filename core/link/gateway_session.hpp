// The gateway's side of a session (ALPN wasmbed/1).
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/fixed_vector.hpp"
#include "core/link/connection.hpp"
#include "core/link/limits.hpp"

namespace wasmbed::link {

/// What the gateway has of a blob that a device asked for.
struct Blob {
    enum class State : std::uint8_t {
        ready,    ///< `data` is all of it
        later,    ///< not here yet; call blob_ready() when asking again makes sense
        missing,  ///< the device gets not-found
    };
    State state = State::missing;
    Bytes data{};  ///< valid until the next call of any session method
};

/// What the gateway does when the device speaks. Views in arguments are valid during the call only.
class GatewayEvents {
  public:
    virtual ~GatewayEvents() = default;
    /// The gateway answers, now or later, with GatewaySession::welcome or refuse.
    virtual void on_hello(const proto::Hello& hello) = 0;
    virtual void on_reported(const proto::Reported& reported) = 0;
    virtual void on_heartbeat(const proto::Heartbeat& heartbeat) = 0;
    /// Stream records, each once and in order. Call GatewaySession::stored(seq) when they are safe, now or later.
    virtual void on_log(const proto::Log& log) = 0;
    virtual void on_event(const proto::Event& event) = 0;
    virtual void on_dropped(const proto::Dropped& dropped) = 0;
    /// The whole desired state, asked for when it is about to be sent; views stay valid until the next call of any
    /// session method.
    virtual proto::Desired desired() = 0;
    virtual Blob blob(const Digest& digest) = 0;
    /// A part of a blob was queued for the device; the last one has offset + bytes == total.
    virtual void on_served(const Digest& digest, std::uint64_t offset, std::size_t bytes, std::uint64_t total) = 0;
    /// Unix ms, for heartbeats.
    virtual std::uint64_t wall_time_ms() = 0;
    /// The device asks for a new certificate. The gateway answers, now or later, with GatewaySession::certificate_ready
    /// or refuse_renewal; one that never does leaves the device with the certificate it has.
    virtual void on_renew(const proto::Renew&) {}
    /// The answer, asked for when it is about to be sent; views stay valid until the next call of any session method.
    virtual proto::Renewed renewed() { return {}; }
};

/// One per connection. Holds no buffers while idle: FrameMemory is asked for memory only while a frame is split on its
/// way in, or output waits.
class GatewaySession final : public Connection {
  public:
    GatewaySession(Instant now, proto::FrameMemory& memory, GatewayEvents& events);

    /// Accepts the device: Welcome, then Desired. `stored_seq`: the last stream record of this boot that is stored
    /// already (0: none); what the device sends up to it is acknowledged, not delivered.
    void welcome(Instant now, const proto::Welcome& welcome, std::uint64_t stored_seq);
    /// Answers Hello with an Error, then closes.
    void refuse(std::string_view reason);

    /// The desired state changed: it is sent as soon as there is room, once however often this is called.
    void desired_changed() { desired_due_ = true; }
    /// Records up to `seq` are safe; the device gets one Ack for all that happened since the last.
    void stored(std::uint64_t seq);
    /// A blob that was `later` may be there now.
    void blob_ready() { blob_wait_ = false; }

    /// Answers Renew with GatewayEvents::renewed, as soon as there is room.
    void certificate_ready() { renewed_due_ = renewing_; }
    /// Answers Renew with an Error.
    void refuse_renewal(proto::ErrorCode code, std::string_view reason);

    bool welcomed() const { return phase_ == Phase::welcomed; }
    /// The map of the stream record that is being delivered, as it came; valid inside on_log, on_event and on_dropped.
    Bytes delivered_body() const { return delivered_body_; }
    const proto::BootId& boot_id() const { return boot_id_; }

  private:
    enum class Phase : std::uint8_t { hello_awaited, hello_received, welcomed };
    struct Request {
        proto::MessageId id = 0;
        proto::Fetch fetch;
    };
    /// More than kFetchWindow, so that a device may give up on a blob and ask for another.
    static constexpr std::size_t kRequestsMax = 4;

    void handle(Instant now, const proto::Envelope& envelope) override;
    void fill(Instant now) override;
    Instant deadline() const override;
    void check_time(Instant now) override;

    void on_hello(const proto::Envelope& envelope);
    void on_fetch(const proto::Envelope& envelope);
    void on_renew(const proto::Envelope& envelope);
    void send_renewed();
    template <class M>
    void deliver(const proto::Envelope& envelope);
    template <class M>
    void deliver_record(const proto::Envelope& envelope);
    void dispatch(const proto::Reported& reported) { events_.on_reported(reported); }
    void dispatch(const proto::Heartbeat& heartbeat) { events_.on_heartbeat(heartbeat); }
    void dispatch(const proto::Log& log) { events_.on_log(log); }
    void dispatch(const proto::Event& event) { events_.on_event(event); }
    void dispatch(const proto::Dropped& dropped) { events_.on_dropped(dropped); }
    bool accept_record(const proto::StreamHead& head, proto::MessageId id);
    bool serve_request();

    GatewayEvents& events_;
    Phase phase_ = Phase::hello_awaited;
    bool desired_due_ = false;
    bool heartbeat_due_ = false;
    bool ack_due_ = false;
    bool welcome_due_ = false;
    bool blob_wait_ = false;
    bool any_record_ = false;
    bool renewing_ = false;
    bool renewed_due_ = false;
    proto::MessageId renew_id_ = 0;
    proto::MessageId hello_id_ = 0;
    proto::BootId boot_id_{};
    Bytes delivered_body_;
    proto::Welcome welcome_;
    std::uint64_t received_seq_ = 0;
    std::uint64_t stored_seq_ = 0;
    std::size_t chunk_bytes_max_ = 0;
    FixedVector<Request, kRequestsMax> requests_;
    Duration heartbeat_{};
    Instant next_heartbeat_ = kNever;
};

}  // namespace wasmbed::link
