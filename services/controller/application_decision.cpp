#include "services/controller/application_decision.hpp"

#include <algorithm>

#include "services/controller/application_status.hpp"
#include "services/controller/rollout_counts.hpp"

namespace wasmbed::controller {
namespace {

using fleet::Application;
using fleet::Condition;
using fleet::ConditionStatus;

const RevisionFacts* newest(const std::vector<RevisionFacts>& revisions) {
    auto found = std::ranges::max_element(revisions, {}, &RevisionFacts::sequence);
    return found == revisions.end() ? nullptr : &*found;
}

/// Whether the newest revision is what we would sign for the present spec, had we to sign it again.
bool is_current(const Application& app, const fleet::ModuleFacts& module, const RevisionFacts& revision) {
    if (!revision.payload) return false;
    auto payload = fleet::manifest_payload(app, module, static_cast<std::uint64_t>(revision.sequence), revision.name);
    return payload && *payload == *revision.payload;
}

/// Going back to an earlier spec makes a new revision too: a device refuses a sequence below the one it has.
Result<NewRevision, SpecProblem> next_revision(const Application& app, const fleet::ModuleFacts& module,
                                               const RevisionFacts* latest) {
    std::int64_t sequence = std::max(app.sequence, latest == nullptr ? 0 : latest->sequence) + 1;
    auto name = fleet::revision_name(app, module, static_cast<std::uint64_t>(sequence));
    if (!name) return fail(SpecProblem{"InvalidSpec", name.error()});
    auto payload = fleet::manifest_payload(app, module, static_cast<std::uint64_t>(sequence), *name);
    if (!payload) return fail(SpecProblem{"InvalidSpec", payload.error()});
    return NewRevision{*name, sequence, *payload};
}

/// Everything at once: the rollout is complete as soon as it has a target. `stable` follows when every device has
/// reported the target.
fleet::Rollout next_rollout(const fleet::Rollout& present, const std::string& target, bool all_updated) {
    if (target.empty()) return present;
    fleet::Rollout next = present;
    if (next.stable.empty()) next.stable = target;
    next.target = target;
    next.complete = true;
    next.threshold.clear();
    if (all_updated) next.stable = target;
    return next;
}

std::vector<std::string> outdated(const std::vector<RevisionFacts>& revisions, const fleet::Rollout& rollout) {
    std::vector<RevisionFacts> ordered = revisions;
    std::ranges::sort(ordered, std::greater{}, &RevisionFacts::sequence);
    std::vector<std::string> out;
    for (std::size_t i = kRevisionsKept; i < ordered.size(); ++i) {
        if (ordered[i].name != rollout.stable && ordered[i].name != rollout.target) out.push_back(ordered[i].name);
    }
    return out;
}

void record_transition(const Condition& condition, const Condition* before, std::vector<EventToRecord>& events) {
    bool same = before != nullptr && before->status == condition.status && before->reason == condition.reason;
    if (same) return;
    bool is_true = condition.status == ConditionStatus::True;
    if (condition.type == "Accepted" && !is_true) events.push_back({true, condition.reason, condition.message});
    if (condition.type == "Degraded" && is_true) events.push_back({true, "Degraded", condition.message});
    if (condition.type == "Progressing" && condition.reason == "Complete") {
        events.push_back({false, "RolloutComplete", condition.message});
    }
}

json::array conditions(const Application& app, const SpecProblem* problem, const RolloutCounts& counts,
                       WallClock::time_point now, std::vector<EventToRecord>& events) {
    std::vector<Condition> out = app.conditions;
    for (Condition condition : application_conditions(app, problem, counts)) {
        record_transition(condition, find_condition(app.conditions, condition.type), events);
        condition.observed_generation = app.meta.generation;
        set_condition(out, std::move(condition), now);
    }
    return fleet::conditions_to_json(out);
}

json::object status_of(const Application& app, const fleet::Rollout& rollout, const std::string& revision,
                       std::int64_t sequence, const RolloutCounts& counts) {
    json::object status{{"observedGeneration", app.meta.generation},
                        {"desired", counts.desired},
                        {"updated", counts.updated},
                        {"ready", counts.ready},
                        {"running", counts.running},
                        {"completed", counts.completed},
                        {"failed", counts.failed},
                        {"unknown", counts.unknown}};
    if (!revision.empty()) {
        status["revision"] = revision;
        status["sequence"] = sequence;
    }
    if (!rollout.target.empty()) status["rollout"] = rollout.to_json();
    return status;
}

}  // namespace

ApplicationDecision decide_application(const ApplicationObserved& observed, WallClock::time_point now) {
    const Application& app = observed.app;
    const RevisionFacts* latest = newest(observed.revisions);
    std::optional<SpecProblem> problem;
    if (!observed.checked) problem = observed.checked.error();
    ApplicationDecision decision;
    std::string revision = app.revision;
    std::int64_t sequence = app.sequence;

    if (!problem && latest != nullptr && is_current(app, *observed.checked, *latest)) {
        revision = latest->name;
        sequence = latest->sequence;
    } else if (!problem) {
        auto next = next_revision(app, *observed.checked, latest);
        if (next) {
            revision = next->name;
            sequence = next->sequence;
            decision.events.push_back({false, "RevisionCreated", "made revision " + next->name});
            decision.create = std::move(*next);
        } else {
            problem = next.error();
        }
    }
    const SpecProblem* shown = problem ? &*problem : nullptr;
    // With an unacceptable spec the former revision, if any, stays where it is.
    std::string target = problem ? app.rollout.target : revision;
    RolloutCounts counts = count_rollout(app, target, observed.devices);
    fleet::Rollout rollout = next_rollout(app.rollout, target, counts.desired > 0 && counts.updated == counts.desired);
    decision.status = status_of(app, rollout, revision, sequence, counts);
    decision.status["phase"] = application_phase(app, shown, counts);
    decision.status["conditions"] = conditions(app, shown, counts, now, decision.events);
    decision.delete_revisions = outdated(observed.revisions, rollout);
    return decision;
}

}  // namespace wasmbed::controller
