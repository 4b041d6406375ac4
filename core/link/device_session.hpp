// The device's side of a session (ALPN wasmbed/1).
#pragma once

#include <cstdint>
#include <string_view>

#include "core/link/blob_fetch.hpp"
#include "core/link/connection.hpp"
#include "core/link/stream_ring.hpp"

namespace wasmbed::link {

/// What the device's runtime does when the gateway speaks. Views in arguments are valid during the call only.
class DeviceEvents {
  public:
    virtual void on_welcome(const proto::Welcome& welcome) = 0;
    virtual void on_desired(const proto::Desired& desired) = 0;
    /// The gateway's clock, with each of its heartbeats.
    virtual void on_wall_time(std::uint64_t /*unix_ms*/) {}
    /// The whole reported state, asked for when it is about to be sent; the views stay valid until the next call of any
    /// session method. `generation` is that of the last Desired in this session, 0 before the first.
    virtual proto::Reported reported() = 0;
    /// Adds to a heartbeat that is about to be sent what the apps use, where the device counts it.
    virtual void add_usage(proto::Heartbeat& /*heartbeat*/) {}
    /// The next part of the blob being fetched; parts come in order and without gaps.
    virtual void on_chunk(const Digest& digest, std::uint64_t offset, std::uint64_t total, Bytes data) = 0;
    /// All parts were delivered; checking the digest is the listener's.
    virtual void on_fetched(const Digest& digest, std::uint64_t total) = 0;
    virtual void on_fetch_failed(const Digest& digest, FetchFailure failure) = 0;
    /// The request of DeviceSession::renew, asked for when it is about to be sent; views as those of `reported`.
    virtual proto::Renew renewal() { return {}; }
    /// The new certificate. The old one stays good until a session with the new one.
    virtual void on_renewed(const proto::Renewed&) {}
    /// The gateway gave none; `code` busy: later it may.
    virtual void on_renewal_refused(proto::ErrorCode, std::string_view) {}

  protected:
    ~DeviceEvents() = default;
};

/// Memory of a session, all the caller's.
struct DeviceMemory {
    MutableBytes receive;  ///< holds a frame of hello.frame_max bytes
    MutableBytes send;     ///< holds the largest frame sent: Hello, or Reported of all apps (kReportedAppBytesMax each)
    MutableBytes stream;   ///< backlog of logs and events
};

/// A ReportedApp with every field at its longest, encoded.
inline constexpr std::size_t kReportedAppBytesMax = 320;

/// One object lives as long as the device is on: the stream backlog and a running fetch survive reconnects.
/// Call `connected` when a TLS session is up, `disconnected` when it is gone.
class DeviceSession final : public Connection {
  public:
    /// `hello` says who we are; its views must outlive the session; uptime is filled in, frame_max must be at most
    /// memory.receive.size().
    DeviceSession(const proto::Hello& hello, const DeviceMemory& memory, DeviceEvents& events);
    /// The base class must give its memory back before the members that own it go.
    ~DeviceSession() { restart(); }

    void connected(Instant now);
    void disconnected();
    /// Welcome came on the present connection.
    bool welcomed() const { return phase_ == Phase::welcomed; }

    /// The reported state changed: it is sent as soon as there is room, once however often this is called.
    void report_changed() { report_due_ = true; }

    /// Pulls a blob of at most `bytes_max` bytes, from `offset` on (what is before it was stored earlier). One at a
    /// time: replaces a running fetch.
    void fetch(const Digest& digest, std::uint64_t offset, std::uint64_t bytes_max) {
        fetch_.start(digest, offset, bytes_max);
    }
    void cancel_fetch() { fetch_.stop(); }
    const BlobFetch& current_fetch() const { return fetch_; }

    /// Asks for a new certificate, in this connection: when it ends without an answer, ask again in the next.
    void renew() { renew_due_ = renew_id_ == 0; }

    /// Queues a record, whether connected or not. False when the backlog is full: then it is counted as dropped.
    bool log(Instant now, LogLevel level, std::string_view source, Bytes text) {
        return ring_.log(now, level, source, text);
    }
    bool event(Instant now, proto::EventKind kind, std::string_view source, std::uint32_t index, std::int64_t value,
               std::string_view text = {}) {
        return ring_.event(now, kind, source, index, value, text);
    }
    const StreamRing& backlog() const { return ring_; }

  private:
    enum class Phase : std::uint8_t { offline, hello_due, hello_sent, welcomed };

    void handle(Instant now, const proto::Envelope& envelope) override;
    void fill(Instant now) override;
    Instant deadline() const override;
    void check_time(Instant now) override;

    void on_welcome(Instant now, const proto::Envelope& envelope);
    void on_desired(const proto::Envelope& envelope);
    void on_ack(const proto::Envelope& envelope);
    void on_chunk(const proto::Envelope& envelope);
    void on_error(const proto::Envelope& envelope);
    void on_renewed(const proto::Envelope& envelope);
    void send_records(Instant now);
    void send_fetches();
    std::uint32_t chunk_bytes() const;

    proto::FixedFrameMemory receive_memory_;
    proto::FixedFrameMemory send_memory_;
    proto::Hello hello_;
    DeviceEvents& events_;
    StreamRing ring_;
    BlobFetch fetch_;
    Phase phase_ = Phase::offline;
    bool report_due_ = false;
    bool heartbeat_due_ = false;
    bool renew_due_ = false;
    proto::MessageId last_id_ = 0;
    proto::MessageId renew_id_ = 0;  // of the Renew that waits for its answer; 0: none
    Duration heartbeat_{};
    Instant next_heartbeat_ = kNever;
};

}  // namespace wasmbed::link
