// The way to the gateway: connects, enrolls once, then keeps a session up, for ever.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/crypto.hpp"
#include "core/base/fixed_string.hpp"
#include "core/base/fixed_vector.hpp"
#include "core/link/backoff.hpp"
#include "core/link/device_session.hpp"
#include "core/link/enroll.hpp"
#include "device/hal/board.hpp"
#include "device/runtime/identity/identity.hpp"
#include "device/runtime/report/device_log.hpp"
#include "device/runtime/transport/tls_client.hpp"

namespace wasmbed {

/// One connection at a time, to the gateways in turn. A failure costs an exponentially growing, jittered pause; a
/// session that was welcomed makes the next pause short again.
class GatewayLink final : private link::EnrollDevice::Events {
  public:
    struct Parts {
        hal::Stream& stream;
        hal::Network* network;
        hal::DeviceInfo& info;
        Crypto& crypto;
        Identity& identity;
        DeviceLog& log;
        link::DeviceSession& session;
        MutableBytes receive;  ///< for enrollment only: may be the session's, which is idle then
        MutableBytes send;
    };
    explicit GatewayLink(const Parts& parts);

    /// Moves on without blocking, one signature apart; returns when it must run again even without an interrupt.
    Instant poll(Instant now);

    /// The gateways that the gateway named; empty: those of the factory partition. Tried first, the factory's after
    /// them.
    void set_gateways(const proto::List<std::string_view>& gateways);

    /// The gateway's clock. Asks for a new certificate when the present one has a third of its time left.
    void on_wall_time(std::uint64_t unix_ms);
    proto::Renew renewal() { return {make_request()}; }
    void on_renewed(const proto::Renewed& renewed);
    /// Not asked again in this session, unless the gateway was busy.
    void on_renewal_refused(proto::ErrorCode code, std::string_view text);

    bool connected() const { return phase_ == Phase::Session && parts_.session.welcomed(); }

  private:
    static constexpr std::size_t kGatewaysMax = 4;
    static constexpr std::size_t kAddressBytesMax = 128;
    enum class Phase : std::uint8_t { Waiting, Connecting, Session, Enrolling };

    void on_enrolled(const proto::Enrolled& enrolled) override;

    bool next_address();
    void connect(Instant now);
    Instant poll_connecting(Instant now);
    void begin_session(Instant now);
    Bytes make_request();
    Instant begin_enrollment(Instant now);
    Instant pump(Instant now, link::Connection& connection);
    void drop(Instant now, const char* why);
    Instant pause(Instant now);

    Parts parts_;
    transport::TlsClient tls_;
    link::Backoff backoff_;
    Phase phase_ = Phase::Waiting;
    Instant retry_at_{0};
    Instant give_up_at_ = kNever;
    bool was_welcomed_ = false;
    bool renewal_refused_ = false;
    std::uint32_t enroll_pause_seconds_ = 0;
    std::size_t next_gateway_ = 0;
    FixedVector<FixedString<kAddressBytesMax>, kGatewaysMax> named_;
    FixedString<kAddressBytesMax> address_;
    FixedString<96> last_failure_;
    std::uint32_t repeated_failures_ = 0;
    std::optional<link::EnrollDevice> enrollment_;
    proto::Enroll request_;
    std::uint8_t csr_[crypto::P256Key::kCsrBytesMax];
};

}  // namespace wasmbed
