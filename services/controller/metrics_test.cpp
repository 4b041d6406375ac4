#include "services/controller/metrics.hpp"

#include <gmock/gmock.h>

namespace wasmbed::controller {
namespace {

using ::testing::HasSubstr;

Task<kube::ReconcileResult> nothing(kube::ObjectKey) {
    co_return kube::ReconcileResult::done();
}

TEST(ControllerMetrics, have_the_names_of_controller_runtime_and_ours_beside_them) {
    IoContext io;
    kube::Reconciler devices(io, "device", nothing);
    devices.enqueue({"wasmbed", "a"});
    const kube::Reconciler* queues[] = {&devices};
    const auto text = metrics_text(queues, {true, 3, 2});
    for (const char* line : {
             "controller_runtime_reconcile_total{controller=\"device\",result=\"success\"} 0\n",
             "controller_runtime_reconcile_errors_total{controller=\"device\"} 0\n",
             "controller_runtime_reconcile_time_seconds_bucket{controller=\"device\",le=\"+Inf\"} 0\n",
             "controller_runtime_active_workers{controller=\"device\"} 0\n",
             "workqueue_depth{name=\"device\"} 1\n",
             "workqueue_adds_total{name=\"device\"} 1\n",
             "workqueue_retries_total{name=\"device\"} 0\n",
             "leader_election_master_status{name=\"wasmbed-controller\"} 1\n",
             "wasmbed_controller_devices 3\n",
             "wasmbed_controller_applications 2\n",
         }) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

}  // namespace
}  // namespace wasmbed::controller
