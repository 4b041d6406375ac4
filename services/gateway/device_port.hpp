// The TCP port devices connect to: accepts, runs TLS, enforces limits, and hands decrypted bytes to one handler per
// connection. It knows nothing of frames.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "services/gateway/tls.hpp"

namespace wasmbed::gateway {

/// A connection as its handler sees it. Used on the port's thread only; valid until `DeviceHandler::closed` returns.
class DeviceChannel {
  public:
    virtual ~DeviceChannel() = default;

    /// Queues plaintext. All that is queued in one turn of the event loop leaves in one record (as far as the record
    /// limit allows) and one send. A peer that lets more than `DevicePortLimits::output_bytes_max` pile up is closed.
    virtual void send(Bytes plaintext) = 0;

    /// False while enough is queued; `DeviceHandler::writable` is called when that has left.
    virtual bool writable() const = 0;

    /// Sends what is queued and close_notify, then closes at the end of this turn. The first reason given counts.
    virtual void close(std::string_view reason) = 0;

    /// Largest plaintext of a record from now on, bytes.
    virtual void limit_records(std::size_t plaintext_bytes_max) = 0;

    /// Calls `DeviceHandler::deadline` once, that long from now; replaces an earlier deadline.
    virtual void set_deadline(std::chrono::milliseconds from_now) = 0;

    virtual const TlsPeer& peer() const = 0;
    /// "192.0.2.1:49152"
    virtual const std::string& address() const = 0;
};

/// What happens on one connection after its handshake. Destroyed after `closed`.
class DeviceHandler {
  public:
    virtual ~DeviceHandler() = default;
    virtual void received(Bytes plaintext) = 0;
    virtual void deadline() = 0;
    /// `DeviceChannel::writable` was false and is true again.
    virtual void writable() {}
    /// The last call. `reason` is for logs.
    virtual void closed(std::string_view reason) = 0;
};

struct DevicePortLimits {
    std::size_t connections_max = 20'000;
    /// Of one address, connections whose handshake is not over or which only enroll. Sessions do not count: whole
    /// fleets sit behind one address, but only devices get that far.
    std::size_t unproven_per_address_max = 256;
    /// Handshakes at one time; further connections wait unread. A half-open one holds 42 KB.
    std::size_t handshakes_max = 512;
    /// From accept to the end of the handshake: slow boards compute for seconds, serial lines are slower.
    std::chrono::milliseconds handshake{30'000};
    /// Ciphertext that a connection may leave unread.
    std::size_t output_bytes_max = 512 * 1024;
};

struct DevicePortCounters {
    std::uint64_t accepted = 0;
    std::uint64_t refused_limit = 0;  ///< closed unheard: too many connections
    std::uint64_t handshakes_done = 0;
    std::uint64_t handshakes_failed = 0;  ///< refused by TLS, or never finished
    std::uint64_t received_bytes = 0;     ///< ciphertext, from and to devices
    std::uint64_t sent_bytes = 0;
    std::size_t open = 0;         ///< connections now
    std::size_t handshaking = 0;  ///< of them, with TLS state and no result yet
};

struct Metrics;

/// One listening socket. All calls and callbacks are on the thread that runs the io_context.
class DevicePort {
  public:
    using OpenHandler = std::function<std::unique_ptr<DeviceHandler>(DeviceChannel&)>;

    /// Gives the pre-shared key of an identity, now or later; empty: there is none.
    using PskLookup = std::function<void(std::string identity, std::function<void(Bytes key)> answer)>;

    /// Without it, no pre-shared key is known.
    void on_psk(PskLookup lookup);

    /// `open` is called after each successful handshake. Refusals and handshakes are counted in `metrics`.
    DevicePort(boost::asio::io_context& loop, TlsServer& tls, const DevicePortLimits& limits, Metrics& metrics,
               OpenHandler open);
    /// Drops what is still open.
    ~DevicePort();

    /// Binds "host:port" (numeric; port 0 picks one) and starts to accept; gives the port, or why it cannot.
    Result<std::uint16_t, std::string> listen(const std::string& address);

    /// Accepts no more; what is open stays.
    void stop_accepting();
    /// Closes every connection in an orderly way, with this reason.
    void close_all(std::string_view reason);

    DevicePortCounters counters() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace wasmbed::gateway
