// One simulated device: connects, keeps its session, and goes to the next gateway when that ends.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/link/backoff.hpp"
#include "core/link/device_session.hpp"
#include "services/simulator/fleet.hpp"
#include "services/simulator/identities.hpp"

namespace wasmbed::simulator {

/// Lives as long as the fleet, as a board that is never switched off. Used on the event loop's thread.
class SimulatedDevice final : private link::DeviceEvents {
  public:
    SimulatedDevice(Fleet& fleet, Identity identity);
    ~SimulatedDevice();

    /// Connects after `delay`, then for ever again.
    void start(Duration delay);
    bool welcomed() const { return session_.welcomed(); }

  private:
    void on_welcome(const proto::Welcome& welcome) override;
    void on_desired(const proto::Desired& desired) override;
    proto::Reported reported() override;
    void on_chunk(const Digest& digest, std::uint64_t offset, std::uint64_t total, Bytes data) override;
    void on_fetched(const Digest& digest, std::uint64_t total) override;
    void on_fetch_failed(const Digest& digest, link::FetchFailure failure) override;

    proto::Hello hello();
    void connect();
    const std::string& next_gateway();
    void opened();
    void received(Bytes plaintext);
    void disconnected();
    void leave_connecting();
    void on_timer();
    void arm(Instant when);
    void pump();
    void note_running();
    void log_line(Instant now);

    Fleet& fleet_;
    Identity identity_;
    std::vector<std::uint8_t> receive_, send_, stream_;
    link::DeviceSession session_;
    ScriptedApps apps_;
    link::Backoff backoff_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<TlsSocket> socket_;
    std::vector<std::string> named_;  ///< gateways that the gateway named
    std::size_t next_gateway_ = 0;
    bool connecting_ = false, welcomed_ = false, answered_ = false;
    std::uint64_t generation_ = 0;
    std::size_t running_ = 0;  ///< as counted in the fleet
    Instant connect_at_ = kNever, log_at_ = kNever;
    Instant give_up_ = kNever;  ///< on the connection that is being made
    Instant armed_ = kNever;
};

}  // namespace wasmbed::simulator
