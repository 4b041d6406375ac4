// What the devices of one simulated fleet share.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "services/simulator/scripted_apps.hpp"
#include "services/simulator/tls_socket.hpp"

extern "C" {
struct ssl_ctx_st;
}

namespace wasmbed::simulator {

struct FleetSettings {
    std::vector<std::string> gateways;  ///< "ADDRESS:PORT", as a factory partition has them
    std::string service_roots;          ///< PEM: whom a gateway's certificate must come from
    TrustedKeys keys;
    AppScript apps;
    std::size_t connecting_max = 128;  ///< connections between TCP and Welcome at one time
    Duration log_period{};             ///< each device logs a line this often; 0: never
};

struct FleetCounters {
    std::uint64_t connected = 0;  ///< sessions with Welcome, now
    std::uint64_t reported = 0;   ///< of them, those that answered a Desired
    std::uint64_t running = 0;    ///< apps, now
    std::uint64_t sessions = 0;   ///< welcomed so far
    std::uint64_t failures = 0;   ///< connections that ended without Welcome
    std::uint64_t lost = 0;       ///< sessions that ended by the gateway or the network
    std::uint64_t records = 0;    ///< made so far
};

class Fleet {
  public:
    /// The error says what is wrong with the roots.
    static Result<std::unique_ptr<Fleet>, std::string> make(IoContext& io, FleetSettings settings);
    ~Fleet();

    IoContext& io() { return io_; }
    const FleetSettings& settings() const { return settings_; }
    FleetCounters& counters() { return counters_; }
    std::uint32_t random() { return std::uint32_t(random_()); }

    /// Client state for one connection; `alpn` is "wasmbed/1" or "wasmbed-enroll/1". The gateway must show a
    /// certificate of `service_roots` with a gateway's SAN URI.
    SslPtr make_ssl(std::string_view alpn);

    /// Calls `go` as soon as fewer than `connecting_max` connect; now, if possible. Each call is followed by one
    /// `connect_ended`.
    void when_may_connect(std::function<void()> go);
    void connect_ended();

    static Instant now();

  private:
    Fleet(IoContext& io, FleetSettings settings)
        : io_(io), settings_(std::move(settings)), random_(std::random_device{}()) {}

    IoContext& io_;
    FleetSettings settings_;
    FleetCounters counters_;
    std::mt19937 random_;
    ssl_ctx_st* context_ = nullptr;
    std::size_t connecting_ = 0;
    std::deque<std::function<void()>> waiting_;
};

}  // namespace wasmbed::simulator
