#include "host/fleet/rollout.hpp"

#include <algorithm>
#include <array>

#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"

namespace wasmbed::fleet {
namespace {

constexpr std::size_t kHashBytes = 8;
constexpr std::array kStates{RolloutState::Progressing, RolloutState::Paused,     RolloutState::WaitingForApproval,
                             RolloutState::Complete,    RolloutState::RolledBack, RolloutState::Failed};

RolloutState state_from(std::string_view name) {
    auto found = std::ranges::find(kStates, name, rollout_state_name);
    return found == kStates.end() ? RolloutState::Progressing : *found;
}

/// Hex digits of equal length compare like the numbers they are.
bool below(std::string_view hash, std::string_view threshold) {
    return threshold.size() == 2 * kHashBytes && hash < threshold;
}

RolloutBatch batch_from(const json::value& value) {
    RolloutBatch batch;
    batch.count = json_int(value, {"count"});
    batch.percent = json_int(value, {"percent"});
    const json::value* selector = json_find(value, {"selector"});
    if (selector != nullptr && selector->is_object()) batch.selector = selector_from_json(*selector);
    return batch;
}

std::optional<std::string> batch_problem(const json::value& batch, std::size_t index) {
    std::string where = "rollout.batches[" + std::to_string(index) + "]";
    int given = 0;
    for (const char* name : {"count", "percent", "selector"}) given += json_find(batch, {name}) != nullptr;
    if (given != 1)
        return where + " must have exactly one of count, percent, selector; it has " + std::to_string(given);
    const json::value* selector = json_find(batch, {"selector"});
    if (selector == nullptr) return std::nullopt;
    auto problem = check_selector(*selector);
    return problem ? std::optional(where + ": " + *problem) : std::nullopt;
}

}  // namespace

std::string_view rollout_state_name(RolloutState state) {
    switch (state) {
        case RolloutState::Progressing:
            return "Progressing";
        case RolloutState::Paused:
            return "Paused";
        case RolloutState::WaitingForApproval:
            return "WaitingForApproval";
        case RolloutState::Complete:
            return "Complete";
        case RolloutState::RolledBack:
            return "RolledBack";
        case RolloutState::Failed:
            break;
    }
    return "Failed";
}

json::object Rollout::to_json() const {
    json::object out{
        {"complete", complete}, {"state", rollout_state_name(state)}, {"moved", moved}, {"moving", moving}};
    for (auto [name, text] :
         {std::pair("stable", &stable), std::pair("target", &target), std::pair("threshold", &threshold),
          std::pair("rollback", &rollback), std::pair("message", &message), std::pair("startedAt", &started_at),
          std::pair("readySince", &ready_since)}) {
        if (!text->empty()) out[name] = *text;
    }
    for (auto [name, number] : {std::pair("step", step), std::pair("steps", steps)}) {
        if (number > 0) out[name] = number;
    }
    if (selectors.empty()) return out;
    json::array list;
    for (const RolloutSelector& item : selectors) {
        json::object entry = selector_to_json(item.selector);
        if (!item.threshold.empty()) entry["threshold"] = item.threshold;
        list.push_back(std::move(entry));
    }
    out["selectors"] = std::move(list);
    return out;
}

std::optional<RolloutPolicy> rollout_policy_from_json(const json::value& application) {
    const json::value* value = json_find(application, {"spec", "rollout"});
    if (value == nullptr || !value->is_object()) return std::nullopt;
    RolloutPolicy policy;
    if (const json::array* batches = json_array(*value, {"batches"})) {
        for (const json::value& batch : *batches) policy.batches.push_back(batch_from(batch));
    }
    policy.success_threshold = json_int(*value, {"successThreshold"}, policy.success_threshold);
    policy.min_ready_seconds = json_int(*value, {"minReadySeconds"});
    if (json_find(*value, {"maxUnavailable"}) != nullptr) policy.max_unavailable = json_int(*value, {"maxUnavailable"});
    policy.paused = json_bool(*value, {"paused"});
    policy.needs_approval = json_string(*value, {"approval"}) == "Manual";
    policy.approved = {std::string(json_string(*value, {"approved", "revision"})),
                       json_int(*value, {"approved", "step"})};
    policy.auto_rollback = json_bool(*value, {"autoRollback"}, true);
    return policy;
}

Rollout rollout_from_json(const json::value& application) {
    Rollout out;
    const json::value* value = json_find(application, {"status", "rollout"});
    if (value == nullptr || !value->is_object()) return out;
    out.stable = json_string(*value, {"stable"});
    out.target = json_string(*value, {"target"});
    out.threshold = json_string(*value, {"threshold"});
    if (const json::array* selectors = json_array(*value, {"selectors"})) {
        for (const json::value& item : *selectors) {
            out.selectors.push_back({selector_from_json(item), std::string(json_string(item, {"threshold"}))});
        }
    }
    out.complete = json_bool(*value, {"complete"});
    out.rollback = json_string(*value, {"rollback"});
    out.state = state_from(json_string(*value, {"state"}));
    out.message = json_string(*value, {"message"});
    out.step = json_int(*value, {"step"});
    out.steps = json_int(*value, {"steps"});
    out.moved = json_int(*value, {"moved"});
    out.moving = json_int(*value, {"moving"});
    out.started_at = json_string(*value, {"startedAt"});
    out.ready_since = json_string(*value, {"readySince"});
    return out;
}

std::optional<std::string> rollout_problem(const json::value& application) {
    const json::array* batches = json_array(application, {"spec", "rollout", "batches"});
    if (batches == nullptr) return std::nullopt;
    for (std::size_t i = 0; i < batches->size(); ++i) {
        if (auto problem = batch_problem((*batches)[i], i)) return problem;
    }
    return std::nullopt;
}

std::string rollout_hash(std::string_view app_uid, std::string_view revision, std::string_view device_uid) {
    std::string text;
    text.append(app_uid).push_back('\0');
    text.append(revision).push_back('\0');
    text.append(device_uid);
    Digest digest = pki::sha256(bytes_of(text));
    return pki::to_hex(Bytes(digest).first(kHashBytes));
}

bool is_moved(const Rollout& rollout, std::string_view hash, const Labels& labels) {
    if (rollout.complete || below(hash, rollout.threshold)) return true;
    return std::ranges::any_of(rollout.selectors, [&](const RolloutSelector& item) {
        return (item.threshold.empty() || below(hash, item.threshold)) && item.selector.matches(labels);
    });
}

const std::string& revision_for(const Rollout& rollout, std::string_view app_uid, const Device& device) {
    if (rollout.complete) return rollout.target;
    bool reached = !rollout.threshold.empty() || !rollout.selectors.empty();
    if (reached && is_moved(rollout, rollout_hash(app_uid, rollout.target, device.meta.uid), device.meta.labels)) {
        return rollout.target;
    }
    const DeviceApplication* reported = rollout.rollback.empty() ? nullptr : device.application(app_uid);
    if (reported == nullptr) return rollout.stable;
    // A refused manifest is reported without its revision.
    bool other = !reported->revision.empty() && reported->revision != rollout.stable;
    return other || reported->reason == "StaleSequence" ? rollout.rollback : rollout.stable;
}

}  // namespace wasmbed::fleet
