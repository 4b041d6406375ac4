#include "services/controller/metrics.hpp"

#include <fmt/format.h>

#include "host/base/metrics_text.hpp"

namespace wasmbed::controller {
namespace {

using kube::Reconciler;
using kube::ReconcilerStats;

/// One line per queue; `label` is what controller-runtime calls the queue's name in this metric.
template <class Value>
void per_queue(std::string& out, std::span<const Reconciler* const> queues, std::string_view name,
               std::string_view label, Value value) {
    for (const Reconciler* queue : queues) {
        out += fmt::format("{}{{{}=\"{}\"}} {}\n", name, label, queue->name(), value(*queue));
    }
}

void write_results(std::string& out, std::span<const Reconciler* const> queues) {
    constexpr std::string_view kName = "controller_runtime_reconcile_total";
    metric_head(out, kName, "counter", "Passes over one object, by result.");
    for (const Reconciler* queue : queues) {
        const ReconcilerStats& stats = queue->stats();
        for (auto [result, count] :
             {std::pair("success", stats.success), std::pair("error", stats.error), std::pair("requeue", stats.requeue),
              std::pair("requeue_after", stats.requeue_after)}) {
            out += fmt::format("{}{{controller=\"{}\",result=\"{}\"}} {}\n", kName, queue->name(), result, count);
        }
    }
}

void write_durations(std::string& out, std::span<const Reconciler* const> queues) {
    constexpr std::string_view kName = "controller_runtime_reconcile_time_seconds";
    metric_head(out, kName, "histogram", "Time that a pass over one object took.");
    for (const Reconciler* queue : queues) {
        const ReconcilerStats& stats = queue->stats();
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < stats.durations.size(); ++i) {
            total += stats.durations[i];
            std::string bound = i < stats.kBounds.size() ? fmt::format("{}", stats.kBounds[i]) : "+Inf";
            out += fmt::format("{}_bucket{{controller=\"{}\",le=\"{}\"}} {}\n", kName, queue->name(), bound, total);
        }
        out += fmt::format("{}_sum{{controller=\"{}\"}} {}\n", kName, queue->name(), stats.duration_sum);
        out += fmt::format("{}_count{{controller=\"{}\"}} {}\n", kName, queue->name(), total);
    }
}

}  // namespace

std::string metrics_text(std::span<const Reconciler* const> queues, const ControllerGauges& gauges) {
    std::string out;
    write_results(out, queues);
    metric_head(out, "controller_runtime_reconcile_errors_total", "counter", "Passes over one object that failed.");
    per_queue(out, queues, "controller_runtime_reconcile_errors_total", "controller",
              [](const Reconciler& queue) { return queue.stats().error; });
    metric_head(out, "controller_runtime_active_workers", "gauge", "Objects that are worked on now.");
    per_queue(out, queues, "controller_runtime_active_workers", "controller",
              [](const Reconciler& queue) { return queue.active(); });
    write_durations(out, queues);
    metric_head(out, "workqueue_depth", "gauge", "Objects that wait for a worker.");
    per_queue(out, queues, "workqueue_depth", "name", [](const Reconciler& queue) { return queue.depth(); });
    metric_head(out, "workqueue_adds_total", "counter", "Objects put into the queue.");
    per_queue(out, queues, "workqueue_adds_total", "name", [](const Reconciler& queue) { return queue.stats().adds; });
    metric_head(out, "workqueue_retries_total", "counter", "Objects put back after a failure or a conflict.");
    per_queue(out, queues, "workqueue_retries_total", "name",
              [](const Reconciler& queue) { return queue.stats().retries; });
    metric_head(out, "leader_election_master_status", "gauge", "1 while this process leads.");
    out += fmt::format("leader_election_master_status{{name=\"wasmbed-controller\"}} {}\n", gauges.leads ? 1 : 0);
    metric_head(out, "wasmbed_controller_devices", "gauge", "Devices known.");
    out += fmt::format("wasmbed_controller_devices {}\n", gauges.devices);
    metric_head(out, "wasmbed_controller_applications", "gauge", "Applications known.");
    out += fmt::format("wasmbed_controller_applications {}\n", gauges.applications);
    process_metrics(out);
    return out;
}

}  // namespace wasmbed::controller
