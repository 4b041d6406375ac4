#include "services/controller/application_status.hpp"

namespace wasmbed::controller {
namespace {

using fleet::Condition;
using fleet::ConditionStatus;
using fleet::Rollout;
using fleet::RolloutState;

std::string of(std::int64_t part, std::int64_t whole) {
    return std::to_string(part) + " of " + std::to_string(whole);
}

Condition accepted(const SpecProblem* problem, const FitReport& fits) {
    if (problem != nullptr) return {"Accepted", ConditionStatus::False, problem->reason, problem->message, 0, ""};
    if (fits.misfits == 0) return {"Accepted", ConditionStatus::True, "Accepted", "", 0, ""};
    std::string message =
        "does not fit " + of(fits.misfits, fits.misfits + fits.fitting + fits.unknown) + " devices: " + fits.examples;
    return {"Accepted", ConditionStatus::True, "SomeDevicesDoNotFit", message, 0, ""};
}

/// What a rollout in steps says by itself; none when the counts tell it.
std::optional<Condition> staged(const Rollout& rollout, const std::string& devices) {
    switch (rollout.state) {
        case RolloutState::Paused:
        case RolloutState::WaitingForApproval:
            return Condition{"Progressing",
                             ConditionStatus::Unknown,
                             std::string(rollout_state_name(rollout.state)),
                             rollout.message,
                             0,
                             ""};
        case RolloutState::RolledBack:
            return Condition{"Progressing", ConditionStatus::False, "RolledBack", rollout.message, 0, ""};
        case RolloutState::Failed:
            return Condition{"Progressing", ConditionStatus::False, "RolloutFailed", rollout.message, 0, ""};
        case RolloutState::Complete:
            return Condition{"Progressing", ConditionStatus::False, "Complete", devices, 0, ""};
        case RolloutState::Progressing:
            break;
    }
    if (rollout.message.empty()) return std::nullopt;
    return Condition{"Progressing", ConditionStatus::True, "RollingOut", rollout.message, 0, ""};
}

/// Its reason is the column ROLLOUT.
Condition progressing(const fleet::Application& app, const SpecProblem* problem, const Rollout& rollout,
                      const RolloutCounts& counts) {
    std::string devices = of(counts.updated, counts.desired) + " devices have the target revision";
    if (problem != nullptr) {
        return {"Progressing", ConditionStatus::False, "Rejected", "the present spec is not rolled out", 0, ""};
    }
    if (counts.desired == 0) {
        return {"Progressing", ConditionStatus::False, "NoDevices", "the target matches no device", 0, ""};
    }
    if (app.rollout_policy) {
        if (auto condition = staged(rollout, devices)) return *condition;
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

Condition degraded(const Rollout& rollout, const RolloutCounts& counts) {
    if (rollout.state == RolloutState::RolledBack) {
        return {"Degraded", ConditionStatus::True, "RolledBack", rollout.message, 0, ""};
    }
    if (counts.failed == 0) return {"Degraded", ConditionStatus::False, "AsExpected", "", 0, ""};
    const FailureGroup& most = counts.failures.front();
    std::string message = "failed on " + of(counts.failed, counts.desired) + " devices, for example on " +
                          most.devices.front() + ": " + most.reason;
    if (!most.detail.empty()) message += ", " + most.detail;
    return {"Degraded", ConditionStatus::True, most.reason, message, 0, ""};
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
                                              const FitReport& fits, const Rollout& rollout,
                                              const RolloutCounts& counts) {
    return {accepted(problem, fits), progressing(app, problem, rollout, counts), degraded(rollout, counts),
            ready(app, problem, counts)};
}

std::string application_phase(const fleet::Application& app, const SpecProblem* problem, const Rollout& rollout,
                              const RolloutCounts& counts) {
    if (problem != nullptr) return "Rejected";
    if (app.suspended) return "Suspended";
    if (counts.desired == 0 || counts.unknown == counts.desired) return "Pending";
    if (counts.failed > 0 || rollout.state == RolloutState::RolledBack) return "Degraded";
    if (counts.ready + counts.unknown < counts.desired) return "Progressing";
    return counts.running == 0 ? "Completed" : "Running";
}

}  // namespace wasmbed::controller
