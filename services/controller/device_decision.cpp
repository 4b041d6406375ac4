#include "services/controller/device_decision.hpp"

#include <algorithm>

#include "host/pki/certificate.hpp"
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

bool is_revoked(const fleet::Device& device) {
    return device.identity && !device.revoke_serial.empty() && device.revoke_serial == device.identity->serial;
}

/// Everything else is decided as if there had never been the certificate nor the request.
DeviceDecision decide_revoked(DeviceObserved observed, WallClock::time_point now) {
    observed.device.identity.reset();
    observed.device.enrollment.reset();
    observed.identity_issued.reset();
    // A token that was used belongs to the key of before.
    observed.token_exists = true;
    DeviceDecision decision = decide_device(observed, now);
    decision.revoke = true;
    decision.events.push_back(
        {true, "CertificateRevoked",
         "certificate " + observed.device.revoke_serial + " was revoked; the device has to enroll anew"});
    return decision;
}

/// Enrolled, with a word in time before the certificate ends, and when a clock that was set back makes it one of the
/// future.
Condition enrolled_condition(const DeviceObserved& observed, const EnrollmentVerdict& verdict,
                             WallClock::time_point now, DeviceDecision& decision) {
    const fleet::Device& device = observed.device;
    Condition condition{"Enrolled", status_of(device.identity.has_value()), verdict.reason, verdict.message, 0, ""};
    auto end = device.identity ? parse_rfc3339(device.identity->not_after) : std::nullopt;
    if (!end || verdict.reason != "CertificateIssued") return condition;
    WallClock::time_point next = now < *end - kExpiryNotice ? *end - kExpiryNotice : *end;
    const auto begin = observed.identity_issued.value_or(now) - pki::kClockSkew;
    if (now < begin) {
        next = begin;
        condition.status = ConditionStatus::False;
        condition.reason = "CertificateNotYetValid";
        condition.message = "the certificate is valid only from " + rfc3339(begin) + ", but the clock says " +
                            rfc3339(now) +
                            ": set it right; if it was ahead before, wait until then, or delete the "
                            "Device and make it again";
    } else if (now >= *end) {
        condition.status = ConditionStatus::False;
        condition.reason = "CertificateExpired";
        condition.message =
            "the certificate expired at " + device.identity->not_after + "; the device has to enroll anew";
    } else if (now >= *end - kExpiryNotice) {
        condition.reason = "CertificateExpires";
        condition.message = "the certificate expires at " + device.identity->not_after + " and was not renewed yet";
    }
    if (now < next) decision.look_again = std::min(decision.look_again.value_or(next), next);
    const Condition* before = find_condition(device.conditions, "Enrolled");
    bool changed = before != nullptr && before->reason != condition.reason;
    if (changed && condition.reason != "CertificateIssued") {
        decision.events.push_back({true, condition.reason, condition.message});
    }
    return condition;
}

/// Whether the device may come again: with its certificate, or with a pre-shared key, of which nothing stands in status
/// but a session that no certificate opened.
bool may_come(const fleet::Device& device) {
    return device.identity || (device.session && device.revoked.empty());
}

/// `plan()` gives a deleted Device no apps; it may go when it says that it has none, or cannot say so any more.
DeviceDecision decommission(const fleet::Device& device, DeviceDecision decision, WallClock::time_point now) {
    decision.release = device.meta.force_delete || !may_come(device) || device.applications.empty();
    if (decision.release) return decision;
    put(decision, device,
        {"Ready", ConditionStatus::False, "Decommissioning",
         "waits until the device says that it removed its apps" +
             std::string(device.connected() ? "" : ", and it is not connected") + "; the annotation " +
             std::string(fleet::kForceDelete) + "=true ends the wait",
         0, ""},
        now);
    return decision;
}

}  // namespace

DeviceDecision decide_device(const DeviceObserved& observed, WallClock::time_point now) {
    if (is_revoked(observed.device)) return decide_revoked(observed, now);
    const fleet::Device& device = observed.device;
    EnrollmentVerdict verdict = decide_enrollment(device);
    fleet::PhaseResult phase = fleet::device_phase(device, observed.unreachable_after, now);

    DeviceDecision decision;
    decision.phase = phase.phase;
    decision.look_again = phase.changes_at;
    decision.conditions = device.conditions;
    put(decision, device, accepted_condition(verdict), now);
    put(decision, device, enrolled_condition(observed, verdict, now, decision), now);
    put(decision, device, ready_condition(device, phase.phase), now);
    if (device.meta.deleting) return decommission(device, std::move(decision), now);

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
