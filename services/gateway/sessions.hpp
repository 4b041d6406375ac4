// All sessions of this gateway, and what they share.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "core/link/gateway_session.hpp"
#include "host/base/task_group.hpp"
#include "services/gateway/device_port.hpp"
#include "services/gateway/enrollment.hpp"
#include "services/gateway/fleet_view.hpp"
#include "services/gateway/gateway_directory.hpp"
#include "services/gateway/metrics.hpp"
#include "services/gateway/records.hpp"
#include "services/gateway/status_writer.hpp"

namespace wasmbed::gateway {

/// What a device said of itself last, for `GET .../devices/D/state`. Outlives the session.
struct DeviceState {
    SessionFacts facts;
    std::string address;
    std::string_view cipher;
    bool connected = false;
    std::vector<std::pair<std::uint32_t, std::int64_t>> leds;  ///< index, value
    std::uint64_t uptime_ms = 0;
    std::optional<std::uint32_t> memory_bytes;  ///< of its apps, by the last heartbeat
    std::optional<std::uint32_t> fuel;          ///< likewise, since the device started, modulo 2^32

    void set_led(std::uint32_t index, std::int64_t value);
    /// What heartbeats say: `{uptimeMs, memoryBytes, fuel}`, the last two where the device counts them.
    json::object usage_json() const;
    json::object to_json() const;
};
using DeviceStatePtr = std::shared_ptr<DeviceState>;

class Session;

class Sessions {
  public:
    struct Dependencies {
        IoContext& io;
        kube::Client& client;
        FleetView& view;
        StatusWriter& status;
        RecordStore& records;
        GatewayDirectory& gateways;
        TaskGroup& tasks;
        proto::FrameMemory& memory;
        Metrics& metrics;
        std::string gateway;  ///< name of this one
    };

    explicit Sessions(Dependencies dependencies);
    ~Sessions();

    /// The handler of a connection that came with ALPN `wasmbed/1`.
    std::unique_ptr<DeviceHandler> open(DeviceChannel& channel);

    /// A device that comes when there are as many sessions is refused, and tries the next gateway.
    void set_capacity(std::size_t sessions) { capacity_ = sessions; }
    std::size_t capacity() const { return capacity_; }
    /// While draining, devices are refused, and those that are connected are sent away, a few at a time.
    void set_drain(bool drain);
    bool draining() const { return draining_; }
    /// Why a device gets no session now; empty when it does.
    std::string_view refusal() const;

    /// Takes effect for sessions opened from now on.
    void set_heartbeat(std::chrono::seconds period) { heartbeat_ = period; }

    /// Says in a Device's status that it asks for a new certificate (Enrollment::announce).
    using Announce = std::function<Task<Result<kube::ObjectPtr, EnrollProblem>>(kube::ObjectPtr, EnrollRequest)>;
    void on_renewal(Announce announce) { announce_ = std::move(announce); }

    std::size_t connected() const { return by_uid_.size(); }
    /// Called when `connected` changed.
    void on_count(std::function<void()> callback) { count_changed_ = std::move(callback); }

    /// The last state of a device by uid, or null.
    const DeviceState* state(const std::string& uid) const;
    /// What a device was last told to have (Session::desired_json); none without a session.
    std::optional<json::object> desired(const std::string& uid) const;
    /// What the devices use that have a session, one JSON object per line.
    std::string usage_lines() const;

    /// Writes the end of sessions that an earlier process of this gateway left open and that did not come back.
    void end_abandoned();

  private:
    friend class Session;

    /// What a Desired points to while it is encoded.
    struct DesiredViews {
        std::vector<proto::DesiredApp> apps;
        std::vector<std::string> addresses;
        std::vector<std::string_view> gateways;
    };

    void device_changed(const std::string& uid, const kube::ObjectPtr& before);
    void workload_changed(const std::string& ns);
    void device_removed(const std::string& uid);
    void refresh_dirty();
    void gateways_changed();
    void schedule_refresh();
    Task<> send_away();

    Dependencies with_;
    std::unordered_map<std::string_view, Session*> by_uid_;  ///< those that were welcomed, by their own TlsPeer's uid
    std::unordered_map<std::string, DeviceStatePtr> states_;
    MakeTable makes_;
    DesiredViews desired_;
    std::string named_uid_, named_;  ///< the Application whose name was asked for last
    std::set<std::string> dirty_devices_, dirty_namespaces_;
    bool all_dirty_ = false;
    bool refresh_scheduled_ = false;
    std::chrono::seconds heartbeat_{30};
    std::size_t capacity_ = DevicePortLimits{}.connections_max;
    bool draining_ = false;
    std::function<void()> count_changed_;
    Announce announce_;
};

}  // namespace wasmbed::gateway
