#include "services/controller/application_decision.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

#include "services/controller/application_status.hpp"
#include "services/controller/rollout_counts.hpp"
#include "services/controller/rollout_decision.hpp"

namespace wasmbed::controller {
namespace {

using fleet::Application;
using fleet::Condition;
using fleet::ConditionStatus;

/// Stack of an app that sets no limit, bytes (core/proto/manifest.cddl).
constexpr std::uint64_t kStackBytesDefault = 4096;

const RevisionFacts* newest(const std::vector<RevisionFacts>& revisions) {
    const RevisionFacts* found = nullptr;
    for (const RevisionFacts& revision : revisions) {
        if (revision.is_rollback()) continue;
        if (found == nullptr || revision.sequence > found->sequence) found = &revision;
    }
    return found;
}

AppNeeds needs_of(const Application& app, const fleet::ModuleFacts& module) {
    auto bytes = [](const std::optional<std::int64_t>& limit, std::uint64_t otherwise) {
        return limit ? static_cast<std::uint64_t>(*limit) : otherwise;
    };
    return {module.bytes, module.memory_bytes + bytes(app.limits.stack, kStackBytesDefault),
            bytes(app.limits.storage, 0), app.permissions};
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
    return NewRevision{*name, sequence, *payload, "", {}};
}

/// The present stable revision signed as a rollback: the one that is there, or one to be made. None without need.
std::optional<NewRevision> rollback_of(const Application& app, const fleet::Rollout& rollout,
                                       const std::vector<RevisionFacts>& revisions) {
    if (!needs_rollback(rollout)) return std::nullopt;
    auto stable = std::ranges::find(revisions, rollout.stable, &RevisionFacts::name);
    if (stable == revisions.end() || !stable->payload) return std::nullopt;
    auto content = fleet::rollback_content(app.meta.name, *stable->payload);
    if (!content) return std::nullopt;
    return NewRevision{content->name, content->sequence, std::move(content->payload), stable->name, {}};
}

/// Whether a device may get another revision by this change.
bool moves_devices(const fleet::Rollout& before, const fleet::Rollout& after) {
    auto reach = [](const fleet::Rollout& r) {
        return std::tie(r.stable, r.target, r.rollback, r.threshold, r.selectors, r.complete, r.state, r.step);
    };
    return reach(before) != reach(after);
}

/// The oldest beyond kRevisionsKept, and rollbacks that are over.
std::vector<std::string> outdated(const std::vector<RevisionFacts>& revisions, const fleet::Rollout& rollout) {
    std::vector<RevisionFacts> ordered = revisions;
    std::ranges::sort(ordered, std::greater{}, &RevisionFacts::sequence);
    std::vector<std::string> out;
    std::size_t kept = 0;
    for (const RevisionFacts& revision : ordered) {
        bool named =
            revision.name == rollout.stable || revision.name == rollout.target || revision.name == rollout.rollback;
        bool is_recent = !revision.is_rollback() && kept++ < kRevisionsKept;
        if (!named && !is_recent) out.push_back(revision.name);
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

json::array conditions(const Application& app, const SpecProblem* problem, const FitReport& fits,
                       const fleet::Rollout& rollout, const RolloutCounts& counts, WallClock::time_point now,
                       std::vector<EventToRecord>& events) {
    std::vector<Condition> out = app.conditions;
    for (Condition condition : application_conditions(app, problem, fits, rollout, counts)) {
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
    json::array failures;
    for (const FailureGroup& group : counts.failures) failures.push_back(group.to_json());
    if (!failures.empty() || app.has_failures) status["failures"] = std::move(failures);
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
    std::vector<const fleet::Device*> devices = devices_of(app, observed.devices);
    std::optional<SpecProblem> problem;
    if (!observed.checked) problem = observed.checked.error();
    FitReport fits;
    if (!problem) fits = fit(needs_of(app, *observed.checked), devices);
    bool current = !problem && latest != nullptr && is_current(app, *observed.checked, *latest);
    if (!problem) problem = fit_problem(fits);
    // What was accepted stays so, whatever pins Applications with an earlier date name later.
    if (!problem && !current) problem = pin_problem(app, observed.others, observed.devices);
    ApplicationDecision decision;
    std::string revision = app.revision;
    std::int64_t sequence = app.sequence;

    if (current) {
        revision = latest->name;
        sequence = latest->sequence;
    } else if (!problem) {
        auto next = next_revision(app, *observed.checked, latest);
        if (next) {
            revision = next->name;
            sequence = next->sequence;
            decision.events.push_back({false, "RevisionCreated", "made revision " + next->name});
            next->needs = needs_of(app, *observed.checked);
            decision.create = std::move(*next);
        } else {
            problem = next.error();
        }
    }
    if (!problem) devices = fits.takers;
    const SpecProblem* shown = problem ? &*problem : nullptr;
    // With an unacceptable spec the former revision, if any, stays where it is.
    std::string target = problem ? app.rollout.target : revision;
    RolloutCounts counts = count_rollout(app, target, devices);
    bool all_updated = counts.desired > 0 && counts.updated == counts.desired;
    RolloutDecision rollout = decide_rollout({app, target, std::move(devices), all_updated}, now);
    rollout.rollout.rollback.clear();
    if (auto rollback = rollback_of(app, rollout.rollout, observed.revisions)) {
        rollout.rollout.rollback = rollback->name;
        bool exists =
            std::ranges::find(observed.revisions, rollback->name, &RevisionFacts::name) != observed.revisions.end();
        if (!exists) decision.create_rollback = std::move(*rollback);
    }
    std::ranges::move(rollout.events, std::back_inserter(decision.events));
    decision.look_again = rollout.look_again;
    decision.status = status_of(app, rollout.rollout, revision, sequence, counts);
    decision.status["phase"] = application_phase(app, shown, rollout.rollout, counts);
    decision.status["conditions"] = conditions(app, shown, fits, rollout.rollout, counts, now, decision.events);
    decision.delete_revisions = outdated(observed.revisions, rollout.rollout);
    decision.urgent = decision.create || decision.create_rollback || !decision.events.empty() ||
                      app.observed_generation != app.meta.generation || moves_devices(app.rollout, rollout.rollout);
    return decision;
}

}  // namespace wasmbed::controller
