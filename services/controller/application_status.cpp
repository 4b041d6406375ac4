#include "services/controller/application_status.hpp"

namespace wasmbed::controller {
namespace {

using fleet::Condition;
using fleet::ConditionStatus;

std::string of(std::int64_t part, std::int64_t whole) {
    return std::to_string(part) + " of " + std::to_string(whole);
}

Condition accepted(const SpecProblem* problem) {
    if (problem != nullptr) return {"Accepted", ConditionStatus::False, problem->reason, problem->message, 0, ""};
    return {"Accepted", ConditionStatus::True, "Accepted", "", 0, ""};
}

/// Its reason is the column ROLLOUT.
Condition progressing(const SpecProblem* problem, const RolloutCounts& counts) {
    std::string devices = of(counts.updated, counts.desired) + " devices have the target revision";
    if (problem != nullptr) {
        return {"Progressing", ConditionStatus::False, "Rejected", "the present spec is not rolled out", 0, ""};
    }
    if (counts.desired == 0) {
        return {"Progressing", ConditionStatus::False, "NoDevices", "the target matches no device", 0, ""};
    }
    if (counts.updated == counts.desired) return {"Progressing", ConditionStatus::False, "Complete", devices, 0, ""};
    if (counts.updated + counts.unknown >= counts.desired) {
        return {"Progressing",
                ConditionStatus::True,
                "WaitingForDevices",
                devices + "; the others are not connected",
                0,
                ""};
    }
    return {"Progressing", ConditionStatus::True, "RollingOut", devices, 0, ""};
}

Condition degraded(const RolloutCounts& counts) {
    if (counts.failed == 0) return {"Degraded", ConditionStatus::False, "AsExpected", "", 0, ""};
    std::string message = "failed on " + of(counts.failed, counts.desired) + " devices, for example on " +
                          counts.failed_device + ": " + counts.failed_reason;
    if (!counts.failed_detail.empty()) message += ", " + counts.failed_detail;
    return {"Degraded", ConditionStatus::True, counts.failed_reason, message, 0, ""};
}

Condition ready(const fleet::Application& app, const SpecProblem* problem, const RolloutCounts& counts) {
    std::string message = "runs or completed on " + of(counts.ready, counts.desired) + " devices";
    if (problem != nullptr) return {"Ready", ConditionStatus::False, "Rejected", problem->message, 0, ""};
    if (app.suspended) return {"Ready", ConditionStatus::False, "Suspended", "spec.suspended is true", 0, ""};
    if (counts.desired == 0) {
        return {"Ready", ConditionStatus::False, "NoDevices", "the target matches no device", 0, ""};
    }
    if (counts.ready == counts.desired) return {"Ready", ConditionStatus::True, "AllReady", message, 0, ""};
    if (counts.ready + counts.unknown == counts.desired) {
        return {"Ready",
                ConditionStatus::Unknown,
                "DevicesNotConnected",
                message + "; nothing is known of " + std::to_string(counts.unknown) + " that are not connected",
                0,
                ""};
    }
    return {"Ready", ConditionStatus::False, counts.failed > 0 ? "Failures" : "Progressing", message, 0, ""};
}

}  // namespace

std::vector<Condition> application_conditions(const fleet::Application& app, const SpecProblem* problem,
                                              const RolloutCounts& counts) {
    return {accepted(problem), progressing(problem, counts), degraded(counts), ready(app, problem, counts)};
}

std::string application_phase(const fleet::Application& app, const SpecProblem* problem, const RolloutCounts& counts) {
    if (problem != nullptr) return "Rejected";
    if (app.suspended) return "Suspended";
    if (counts.desired == 0 || counts.unknown == counts.desired) return "Pending";
    if (counts.failed > 0) return "Degraded";
    if (counts.ready + counts.unknown < counts.desired) return "Progressing";
    return counts.running == 0 ? "Completed" : "Running";
}

}  // namespace wasmbed::controller
