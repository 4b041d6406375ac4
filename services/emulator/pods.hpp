// On a cluster: one Pod for each emulated Device, instead of a process of our own.
#pragma once

#include <string>

#include "host/base/task_group.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/reconciler.hpp"
#include "services/emulator/emulator.hpp"

namespace wasmbed::emulator {

/// Keeps the Pods of kPodApp as Devices say; what runs in them writes Device.status.emulation itself.
class DevicePods {
  public:
    DevicePods(IoContext& io, kube::Client& client, const EmulatorOptions& options);

    void start(TaskGroup& tasks);

  private:
    Task<kube::ReconcileResult> reconcile(kube::ObjectKey key);

    kube::Client& client_;
    EmulatorOptions options_;
    kube::Informer devices_;
    kube::Informer pods_;
    kube::Reconciler reconciler_;
};

}  // namespace wasmbed::emulator
