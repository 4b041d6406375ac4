// Brings Device.status in line with the sessions: coalesced, conditional, retried until it holds.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "host/base/task_group.hpp"
#include "host/kube/reconciler.hpp"
#include "services/gateway/device_status.hpp"
#include "services/gateway/fleet_view.hpp"

namespace wasmbed::gateway {

class StatusWriter {
  public:
    StatusWriter(kube::Client& client, FleetView& view);

    void start(TaskGroup& tasks) { tasks.spawn("device status", reconciler_.run()); }

    /// Takes the device by compare-and-swap of the epoch, starting from `device`: the facts with their epoch. A
    /// conflict (409) means that `device` was not the newest; decide again with a newer one.
    Task<kube::ApiResult<SessionFacts>> open(kube::ObjectPtr device, SessionFacts facts);

    /// Writes these facts, some time soon; later ones replace what was not written yet. Facts of a session that does
    /// not have the device any more are dropped.
    void set(const kube::ObjectKey& device, SessionFacts facts);

    /// Returns when everything set is written, or at the deadline: then false.
    Task<bool> drain(OpContext context);

  private:
    Task<kube::ReconcileResult> write(kube::ObjectKey key);
    Task<kube::ApiResult<void>> write_facts(kube::ObjectKey key, SessionFacts facts);
    Task<kube::ApiResult<kube::ObjectPtr>> newest(kube::ObjectKey key, SessionFacts facts, bool cached);

    kube::Client& client_;
    FleetView& view_;
    kube::Reconciler reconciler_;
    std::map<kube::ObjectKey, SessionFacts> wanted_;
    std::map<kube::ObjectKey, kube::ObjectPtr> written_;  ///< newer than the informer's until that catches up
    std::size_t writing_ = 0;
    Notifier idle_;
};

}  // namespace wasmbed::gateway
