// Brings Device.status in line with the sessions: coalesced, conditional, retried until it holds.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "host/base/task_group.hpp"
#include "host/kube/reconciler.hpp"
#include "services/gateway/device_status.hpp"
#include "services/gateway/fleet_view.hpp"
#include "services/gateway/own_writes.hpp"

namespace wasmbed::gateway {

class StatusWriter {
  public:
    StatusWriter(kube::Client& client, FleetView& view);

    void start(TaskGroup& tasks) { tasks.spawn("device status", reconciler_.run()); }

    /// Takes the device by compare-and-swap of the epoch, starting from `device`: the facts with their epoch. A
    /// conflict (409) means that `device` was not the newest; decide again with a newer one.
    Task<kube::ApiResult<SessionFacts>> open(kube::ObjectPtr device, SessionFacts facts);

    /// Writes these facts, some time soon; later ones replace what was not written yet. The first change is written at
    /// once, what follows within kWindow together at its end. Facts of a session that does not have the device any
    /// more are dropped.
    void set(const kube::ObjectKey& device, SessionFacts facts);

    /// Whether `after`, heard after `before`, is but the echo of a write of this: it tells nothing new.
    bool is_echo(const kube::ObjectKey& device, const kube::ObjectPtr& before, const json::value& after) {
        return own_.is_echo(device, before, after);
    }

    /// Writes that the API server took.
    std::uint64_t writes() const { return writes_; }

    /// Returns when everything set is written, or at the deadline: then false.
    Task<bool> drain(OpContext context);

    /// Between two writes of one Device.
    static constexpr std::chrono::milliseconds kWindow{100};

  private:
    std::chrono::milliseconds delay_of(const kube::ObjectKey& key);
    void note_written(const kube::ObjectKey& key, std::string_view base, json::value object);
    Task<kube::ReconcileResult> write(kube::ObjectKey key);
    Task<kube::ApiResult<void>> write_facts(kube::ObjectKey key, SessionFacts facts);
    Task<kube::ApiResult<kube::ObjectPtr>> newest(kube::ObjectKey key, SessionFacts facts, bool cached);

    kube::Client& client_;
    FleetView& view_;
    kube::Reconciler reconciler_;
    std::map<kube::ObjectKey, SessionFacts> wanted_;
    OwnWrites own_;                                              ///< newer than the informer's until that catches up
    std::map<kube::ObjectKey, SteadyClock::time_point> recent_;  ///< last write of those written within kWindow
    SteadyClock::time_point recent_swept_{};
    std::uint64_t writes_ = 0;
    std::size_t writing_ = 0;
    Notifier idle_;
};

}  // namespace wasmbed::gateway
