#include "services/controller/device_decision.hpp"

#include "services/controller/enrollment.hpp"

namespace wasmbed::controller {
namespace {

using fleet::Condition;
using fleet::ConditionStatus;
using fleet::DevicePhase;

ConditionStatus status_of(bool truth) {
    return truth ? ConditionStatus::True : ConditionStatus::False;
}

Condition ready_condition(const fleet::Device& device, DevicePhase phase) {
    std::string name(device_phase_name(phase));
    if (device.approval == fleet::Approval::Rejected) {
        return {"Ready", ConditionStatus::False, "Rejected", "spec.approval is Rejected", 0, ""};
    }
    switch (phase) {
        case DevicePhase::Connected:
            return {"Ready", ConditionStatus::True, name, "session with gateway " + device.session->gateway, 0, ""};
        case DevicePhase::Unreachable:
            return {"Ready", ConditionStatus::Unknown, name, "no session for longer than the gateway allows", 0, ""};
        case DevicePhase::Disconnected:
            return {"Ready", ConditionStatus::False, name, "the session has ended", 0, ""};
        case DevicePhase::Enrolled:
            return {"Ready", ConditionStatus::False, name, "certificate issued, no session yet", 0, ""};
        case DevicePhase::Enrolling:
            return {"Ready", ConditionStatus::False, name, "the device asks for a certificate", 0, ""};
        case DevicePhase::Pending:
            break;
    }
    return {"Ready", ConditionStatus::False, name, "nothing heard of the device yet", 0, ""};
}

Condition accepted_condition(const EnrollmentVerdict& verdict) {
    bool mismatch = verdict.reason == "BoardMismatch";
    return {
        "Accepted", status_of(!mismatch), mismatch ? verdict.reason : "Accepted", mismatch ? verdict.message : "", 0,
        ""};
}

/// The first mutual session with this certificate shows that the device has stored it: only then is the token of no
/// more use.
bool token_is_spent(const DeviceObserved& observed) {
    const fleet::Device& device = observed.device;
    if (!device.identity || !device.session || !observed.identity_issued) return false;
    auto since = parse_rfc3339(device.session->since);
    return since && *since >= *observed.identity_issued;
}

void record_transitions(const fleet::Device& before, const EnrollmentVerdict& verdict, DeviceDecision& decision) {
    std::string phase(device_phase_name(decision.phase));
    if (before.phase != phase && decision.phase != DevicePhase::Pending) {
        const Condition* ready = find_condition(decision.conditions, "Ready");
        decision.events.push_back({decision.phase == DevicePhase::Unreachable, phase, ready->message});
    }
    const Condition* old = find_condition(before.conditions, "Enrolled");
    bool changed = old == nullptr ? verdict.reason != "NoRequest" : old->reason != verdict.reason;
    if (changed && verdict.action != EnrollmentAction::none && verdict.action != EnrollmentAction::issue) {
        decision.events.push_back({verdict.action == EnrollmentAction::refuse, verdict.reason, verdict.message});
    }
}

void put(DeviceDecision& decision, const fleet::Device& device, Condition condition, WallClock::time_point now) {
    condition.observed_generation = device.meta.generation;
    set_condition(decision.conditions, std::move(condition), now);
}

}  // namespace

DeviceDecision decide_device(const DeviceObserved& observed, WallClock::time_point now) {
    const fleet::Device& device = observed.device;
    EnrollmentVerdict verdict = decide_enrollment(device);
    fleet::PhaseResult phase = fleet::device_phase(device, observed.unreachable_after, now);

    DeviceDecision decision;
    decision.phase = phase.phase;
    decision.look_again = phase.changes_at;
    decision.conditions = device.conditions;
    put(decision, device, accepted_condition(verdict), now);
    put(decision, device, {"Enrolled", status_of(device.identity.has_value()), verdict.reason, verdict.message, 0, ""},
        now);
    put(decision, device, ready_condition(device, phase.phase), now);
    if (device.meta.deleting) return decision;

    bool rejected = device.approval == fleet::Approval::Rejected;
    decision.issue_certificate = verdict.action == EnrollmentAction::issue;
    decision.create_token = !device.identity && !observed.token_exists && !rejected;
    decision.delete_token = observed.token_exists && token_is_spent(observed);
    record_transitions(device, verdict, decision);
    return decision;
}

void refuse_request(DeviceDecision& decision, const DeviceObserved& observed, const std::string& problem,
                    WallClock::time_point now) {
    const fleet::Device& device = observed.device;
    const Condition* old = find_condition(device.conditions, "Enrolled");
    if (old == nullptr || old->reason != "InvalidRequest") {
        decision.events.push_back({true, "InvalidRequest", problem});
    }
    put(decision, device, {"Enrolled", status_of(device.identity.has_value()), "InvalidRequest", problem, 0, ""}, now);
}

}  // namespace wasmbed::controller
