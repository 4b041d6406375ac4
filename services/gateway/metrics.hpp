// What the gateway counts, and the text that Prometheus reads (exposition format 0.0.4).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "services/gateway/device_port.hpp"
#include "services/gateway/refusals.hpp"

namespace wasmbed::gateway {

/// Counts durations in fixed buckets. Used on one thread.
class DurationHistogram {
  public:
    /// Upper bounds of the buckets, seconds: a PC's handshake takes a millisecond, a small board's seconds.
    static constexpr std::array<double, 10> kBounds{0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30};

    void observe(std::chrono::steady_clock::duration duration);
    void write(std::string& out, std::string_view name, std::string_view help) const;

  private:
    std::array<std::uint64_t, kBounds.size() + 1> counts_{};
    double sum_seconds_ = 0;
};

/// Counters of the gateway's parts, each raised where the thing happens. Used on one thread. No label ever names a
/// device.
struct Metrics {
    Refusals refusals;
    DurationHistogram handshake;        ///< first byte to finished handshake
    DurationHistogram take_over;        ///< Hello to Welcome: the time the API server and the disk take
    std::uint64_t sessions_opened = 0;  ///< welcomed
    std::map<std::string, std::uint64_t, std::less<>> sessions_closed;  ///< by CloseReason's name, or "connection"
    std::array<std::uint64_t, 8> messages{};                            ///< from devices, by `MessageKind`
    std::uint64_t records_stored = 0;  ///< logs, events and drop notes that are on the disk
    std::uint64_t records_lost = 0;    ///< that devices said they dropped
    std::uint64_t status_writes = 0;   ///< of Device.status that the API server took
    std::uint64_t blob_bytes = 0;      ///< of manifests and modules queued for devices
    std::uint64_t enrollments_issued = 0;
    std::uint64_t enrollments_deferred = 0;  ///< told to come again

    enum MessageKind : std::size_t { kHello, kReported, kHeartbeat, kLog, kEvent, kDropped, kFetch };
};

/// All of it as text. `sessions` are open now.
std::string metrics_text(const Metrics& metrics, const DevicePortCounters& port, std::size_t sessions);

}  // namespace wasmbed::gateway
