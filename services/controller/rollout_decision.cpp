#include "services/controller/rollout_decision.hpp"

#include <algorithm>
#include <span>

namespace wasmbed::controller {
namespace {

using fleet::Rollout;
using fleet::RolloutPolicy;
using fleet::RolloutState;

/// Above every hash but one in 2^64.
constexpr char kThresholdAll[] = "ffffffffffffffff";

/// A device as the rollout sees it. Not connected: neither ready nor failed.
struct Candidate {
    const fleet::Device* device;
    std::string hash;
    bool moved = false;
    bool ready = false;   ///< the target runs or completed
    bool failed = false;  ///< moved: the target fails; not moved: what it has fails
};

struct Step {
    std::int64_t goal = 0;  ///< devices moved when it is done; by selector: those it adds included
    const fleet::LabelSelector* selector = nullptr;  ///< none: any device
};

bool restarts_too_often(const fleet::Application& app, const fleet::DeviceApplication& reported) {
    return app.restart.policy == "OnFailure" && reported.restarts > kRestartsTolerated;
}

/// It runs, but its fuel per second does not suffice.
bool overruns_its_fuel(const fleet::DeviceApplication& reported) {
    return reported.state == "Running" && reported.reason == "FuelLimit";
}

Candidate candidate_of(const fleet::Application& app, const Rollout& rollout, const fleet::Device& device) {
    Candidate out{&device, fleet::rollout_hash(app.meta.uid, rollout.target, device.meta.uid)};
    out.moved = fleet::is_moved(rollout, out.hash, device.meta.labels);
    const fleet::DeviceApplication* reported = device.connected() ? device.application(app.meta.uid) : nullptr;
    if (reported == nullptr) return out;
    bool fails = reported->is_failed() || restarts_too_often(app, *reported) || overruns_its_fuel(*reported);
    bool has_target = reported->revision == rollout.target;
    out.ready = has_target && reported->runs_or_completed() && !fails;
    // What a moved device reports of its former revision says nothing about the target. A manifest it refuses has no
    // name.
    bool speaks_of_former = !reported->revision.empty() && !has_target;
    out.failed = fails && (!out.moved || !speaks_of_former);
    return out;
}

std::int64_t rounded_up(std::int64_t part, std::int64_t percent) {
    return (part * percent + 99) / 100;
}

/// The present rollout and its devices, moved forward step by step.
class Advance {
  public:
    Advance(const RolloutObserved& observed, const RolloutPolicy& policy, WallClock::time_point now,
            RolloutDecision& out);

    void run();

  private:
    Step step(std::int64_t number) const;
    std::int64_t steps() const;
    bool is_last() const { return rollout_.step >= steps(); }
    std::int64_t count(bool Candidate::* what, bool among_moved) const;

    bool has_failed() const;
    void fail_rollout();
    void move_towards(const Step& step);
    void move(const Step& step, std::span<Candidate*> waiting, std::size_t devices);
    bool is_held();
    bool has_succeeded(const Step& step);
    void finish();
    void describe(const Step& step);

    const RolloutPolicy& policy_;
    WallClock::time_point now_;
    RolloutDecision& out_;
    Rollout& rollout_;
    std::vector<Candidate> candidates_;
};

Advance::Advance(const RolloutObserved& observed, const RolloutPolicy& policy, WallClock::time_point now,
                 RolloutDecision& out)
    : policy_(policy), now_(now), out_(out), rollout_(out.rollout) {
    for (const fleet::Device* device : observed.devices) {
        candidates_.push_back(candidate_of(observed.app, rollout_, *device));
    }
    std::ranges::sort(candidates_, {}, &Candidate::hash);
    rollout_.steps = steps();
    rollout_.step = std::clamp<std::int64_t>(rollout_.step, 1, rollout_.steps);
}

/// The batches as given, and a last one over everything unless they end with one.
std::int64_t Advance::steps() const {
    auto batches = static_cast<std::int64_t>(policy_.batches.size());
    return batches > 0 && policy_.batches.back().percent == 100 ? batches : batches + 1;
}

Step Advance::step(std::int64_t number) const {
    auto all = static_cast<std::int64_t>(candidates_.size());
    auto index = static_cast<std::size_t>(number - 1);
    if (index >= policy_.batches.size()) return {all, nullptr};
    const fleet::RolloutBatch& batch = policy_.batches[index];
    if (batch.count > 0) return {std::min(batch.count, all), nullptr};
    if (!batch.selector) return {rounded_up(all, batch.percent), nullptr};
    auto goal = std::ranges::count_if(
        candidates_, [&](const Candidate& c) { return c.moved || batch.selector->matches(c.device->meta.labels); });
    return {goal, &*batch.selector};
}

std::int64_t Advance::count(bool Candidate::* what, bool among_moved) const {
    return std::ranges::count_if(candidates_, [&](const Candidate& c) { return c.moved == among_moved && c.*what; });
}

/// More failures than successThreshold leaves room for, beyond the rate among devices that still have what they had.
bool Advance::has_failed() const {
    std::int64_t moved = count(&Candidate::moved, true);
    std::int64_t others = static_cast<std::int64_t>(candidates_.size()) - moved;
    std::int64_t allowed = moved * (100 - policy_.success_threshold);
    if (others > 0) allowed += moved * 100 * count(&Candidate::failed, false) / others;
    return count(&Candidate::failed, true) * 100 > allowed;
}

void Advance::fail_rollout() {
    std::int64_t failed = count(&Candidate::failed, true);
    std::string what = rollout_.target + " fails on " + std::to_string(failed) + " of " +
                       std::to_string(count(&Candidate::moved, true)) + " devices that have it, in step " +
                       std::to_string(rollout_.step) + " of " + std::to_string(rollout_.steps);
    rollout_.ready_since.clear();
    if (!policy_.auto_rollback || rollout_.stable.empty()) {
        bool first = rollout_.state != RolloutState::Failed;
        rollout_.state = RolloutState::Failed;
        rollout_.message = what + (policy_.auto_rollback ? "; there is no earlier revision to go back to"
                                                         : "; spec.rollout.autoRollback is false, so they keep it");
        if (first) out_.events.push_back({true, "RolloutFailed", rollout_.message});
        return;
    }
    rollout_.state = RolloutState::RolledBack;
    rollout_.message = what + "; all devices go back to " + rollout_.stable;
    rollout_.threshold.clear();
    rollout_.selectors.clear();
    rollout_.complete = false;
    rollout_.moved = 0;
    rollout_.moving = 0;
    out_.events.push_back({true, "RolledBack", rollout_.message});
}

/// Moves as many devices as goal and maxUnavailable allow now, in the order of their hashes.
void Advance::move_towards(const Step& step) {
    std::int64_t moved = count(&Candidate::moved, true);
    std::int64_t room = step.goal - moved;
    if (policy_.max_unavailable) {
        std::int64_t unavailable = moved - count(&Candidate::ready, true);
        room = std::min(room, *policy_.max_unavailable - unavailable);
    }
    if (room <= 0) return;
    std::vector<Candidate*> waiting;
    for (Candidate& candidate : candidates_) {
        if (!candidate.moved && (!step.selector || step.selector->matches(candidate.device->meta.labels))) {
            waiting.push_back(&candidate);
        }
    }
    move(step, waiting, static_cast<std::size_t>(std::min<std::int64_t>(room, std::ssize(waiting))));
}

void Advance::move(const Step& step, std::span<Candidate*> waiting, std::size_t devices) {
    bool all = devices == waiting.size();
    std::string threshold = all ? kThresholdAll : waiting[devices]->hash;
    if (step.selector != nullptr) {
        if (rollout_.selectors.empty() || rollout_.selectors.back().selector != *step.selector) {
            rollout_.selectors.push_back({*step.selector, ""});
        }
        rollout_.selectors.back().threshold = all ? "" : threshold;
    } else if (all && is_last()) {
        rollout_.complete = true;
    } else {
        rollout_.threshold = threshold;
    }
    for (Candidate* candidate : waiting.first(devices)) candidate->moved = true;
    rollout_.ready_since.clear();
}

bool Advance::is_held() {
    std::int64_t next = rollout_.step + 1;
    bool approved = policy_.approved.revision == rollout_.target && policy_.approved.step >= next;
    if (!policy_.needs_approval || approved) return false;
    if (rollout_.state != RolloutState::WaitingForApproval) {
        out_.events.push_back({false, "WaitingForApproval",
                               "step " + std::to_string(rollout_.step) + " of " + std::to_string(rollout_.steps) +
                                   " has succeeded; step " + std::to_string(next) +
                                   " waits for spec.rollout.approved"});
    }
    rollout_.state = RolloutState::WaitingForApproval;
    rollout_.message = "step " + std::to_string(next) +
                       " waits for spec.rollout.approved {revision: " + rollout_.target +
                       ", step: " + std::to_string(next) + "}";
    return true;
}

bool Advance::has_succeeded(const Step& step) {
    std::int64_t moved = count(&Candidate::moved, true);
    // A step that reaches nobody proves nothing: it waits for devices.
    bool enough = step.goal > 0 && moved >= step.goal &&
                  count(&Candidate::ready, true) * 100 >= moved * policy_.success_threshold;
    if (step.selector != nullptr && std::ranges::none_of(candidates_, [&](const Candidate& c) {
            return step.selector->matches(c.device->meta.labels);
        })) {
        enough = false;
    }
    if (!enough) {
        rollout_.ready_since.clear();
        return false;
    }
    if (rollout_.ready_since.empty()) rollout_.ready_since = rfc3339(now_);
    auto since = parse_rfc3339(rollout_.ready_since).value_or(now_);
    auto until = since + std::chrono::seconds(policy_.min_ready_seconds);
    if (now_ >= until) return true;
    out_.look_again = until;
    return false;
}

void Advance::finish() {
    rollout_.complete = true;
    rollout_.threshold.clear();
    rollout_.selectors.clear();
    rollout_.stable = rollout_.target;
    rollout_.rollback.clear();
    rollout_.state = RolloutState::Complete;
    rollout_.message.clear();
}

void Advance::describe(const Step& step) {
    rollout_.moved = count(&Candidate::moved, true);
    rollout_.moving = step.goal;
    if (rollout_.state != RolloutState::Progressing) return;
    std::string where = "step " + std::to_string(rollout_.step) + " of " + std::to_string(rollout_.steps) + ": ";
    if (step.selector != nullptr && step.goal == 0) {
        rollout_.message = where + "its selector matches no device of the target";
        return;
    }
    rollout_.message = where + std::to_string(count(&Candidate::ready, true)) + " of " +
                       std::to_string(rollout_.moved) + " moved devices run it, " + std::to_string(step.goal) +
                       " are to have it";
}

void Advance::run() {
    if (rollout_.state == RolloutState::Complete && rollout_.stable == rollout_.target) return;
    if (rollout_.state == RolloutState::RolledBack) return;
    if (has_failed()) return fail_rollout();
    if (policy_.paused) {
        if (rollout_.state != RolloutState::Paused) {
            out_.events.push_back({false, "RolloutPaused", "spec.rollout.paused is true"});
        }
        rollout_.state = RolloutState::Paused;
        rollout_.message = "spec.rollout.paused is true";
        return describe(step(rollout_.step));
    }
    // Failed is left when fewer devices fail, or the threshold was lowered.
    if (rollout_.state != RolloutState::WaitingForApproval) rollout_.state = RolloutState::Progressing;
    while (true) {
        Step present = step(rollout_.step);
        move_towards(present);
        if (!has_succeeded(present)) {
            rollout_.state = RolloutState::Progressing;
            return describe(present);
        }
        if (is_last()) {
            finish();
            return describe(present);
        }
        if (is_held()) return describe(present);
        ++rollout_.step;
        rollout_.state = RolloutState::Progressing;
        out_.events.push_back({false, "RolloutStep",
                               "step " + std::to_string(rollout_.step) + " of " + std::to_string(rollout_.steps) +
                                   " of " + rollout_.target + " begins"});
    }
}

/// Everything at once: the rollout is complete as soon as it has a target, and stable follows when every device has
/// reported it.
void without_policy(const RolloutObserved& observed, Rollout& rollout) {
    rollout.complete = true;
    rollout.threshold.clear();
    rollout.selectors.clear();
    rollout.rollback.clear();
    rollout.message.clear();
    rollout.ready_since.clear();
    rollout.step = rollout.steps = 0;
    rollout.moved = rollout.moving = std::ssize(observed.devices);
    if (observed.all_updated) rollout.stable = rollout.target;
    rollout.state = rollout.stable == rollout.target ? RolloutState::Complete : RolloutState::Progressing;
}

}  // namespace

RolloutDecision decide_rollout(const RolloutObserved& observed, WallClock::time_point now) {
    RolloutDecision decision{observed.app.rollout, {}, {}};
    if (observed.target.empty()) return decision;
    Rollout& rollout = decision.rollout;
    if (rollout.target != observed.target) {
        Rollout next;
        // Everything at once gives no proof to wait for: what all devices were to have is where they stand.
        next.stable = rollout.complete && rollout.steps == 0 ? rollout.target : rollout.stable;
        next.rollback = rollout.rollback;
        next.target = observed.target;
        next.started_at = rfc3339(now);
        rollout = std::move(next);
    }
    const std::optional<RolloutPolicy>& policy = observed.app.rollout_policy;
    if (policy && !observed.app.suspended) {
        Advance(observed, *policy, now, decision).run();
    } else if (!policy) {
        without_policy(observed, rollout);
    }
    return decision;
}

bool needs_rollback(const Rollout& rollout) {
    return rollout.state != RolloutState::Complete && !rollout.complete && !rollout.stable.empty();
}

}  // namespace wasmbed::controller
