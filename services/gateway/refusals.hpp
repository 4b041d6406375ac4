// Who was refused and why: counted by reason, logged once, so that a client which tries again for ever fills no log.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace wasmbed::gateway {

/// Why the gateway turned somebody away; the label `reason` of `wasmbed_gateway_refusals_total`.
enum class Refusal : std::uint8_t {
    connection_limit,          ///< DevicePortLimits::connections_max
    address_limit,             ///< DevicePortLimits::unproven_per_address_max
    nothing_sent,              ///< no byte of TLS in time, or closed without one
    handshake_timeout,         ///< began TLS and did not end it in time
    handshake_aborted,         ///< the client went away in the middle of TLS
    alpn,                      ///< neither of the two protocols
    tls_version,               ///< older than 1.3
    no_certificate,            ///< session without client certificate
    certificate_untrusted,     ///< not of a device CA, or for another purpose
    certificate_expired,       ///< notAfter has passed
    certificate_too_early,     ///< notBefore has not come
    certificate_of_no_device,  ///< valid, but not a device's
    tls,                       ///< anything else that TLS finds wrong, garbage among it
    identity,                  ///< the Device is gone, rejected, or has another certificate by now
    enrollment,                ///< token, name, key or request are wrong
    protocol,                  ///< a session broke the rules of wire.cddl
};
inline constexpr std::size_t kRefusalKinds = std::size_t(Refusal::protocol) + 1;
std::string_view refusal_name(Refusal reason);

/// Used on one thread.
class Refusals {
  public:
    using Clock = std::chrono::steady_clock;

    /// The same reason from the same address is logged again after this time at the earliest, with the number of
    /// refusals in between.
    static constexpr std::chrono::seconds kQuiet{60};
    /// Pairs of address and reason that are remembered; when more come within kQuiet, they are only counted.
    static constexpr std::size_t kRememberedMax = 1024;

    /// Counts, and logs unless this was logged a moment ago. `address` may carry a port, which does not count.
    /// Returns whether it was logged.
    bool note(Refusal reason, std::string_view address, std::string_view detail, Clock::time_point now = Clock::now());

    std::uint64_t count(Refusal reason) const { return counts_[std::size_t(reason)]; }

  private:
    struct Logged {
        Clock::time_point when;
        std::uint64_t repeats = 0;
    };

    std::array<std::uint64_t, kRefusalKinds> counts_{};
    std::map<std::pair<std::string, Refusal>, Logged> logged_;
};

}  // namespace wasmbed::gateway
