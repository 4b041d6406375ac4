// What the controller counts, as text that Prometheus reads (exposition format 0.0.4), with controller-runtime's names.
#pragma once

#include <span>
#include <string>

#include "host/kube/reconciler.hpp"

namespace wasmbed::controller {

/// Numbers beside the queues'.
struct ControllerGauges {
    bool leads = false;
    std::size_t devices = 0;
    std::size_t applications = 0;
};

std::string metrics_text(std::span<const kube::Reconciler* const> queues, const ControllerGauges& gauges);

}  // namespace wasmbed::controller
