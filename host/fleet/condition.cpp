#include "host/fleet/condition.hpp"

#include <algorithm>

namespace wasmbed::fleet {
namespace {

ConditionStatus status_from(std::string_view name) {
    if (name == "True") return ConditionStatus::True;
    if (name == "False") return ConditionStatus::False;
    return ConditionStatus::Unknown;
}

}  // namespace

std::string_view condition_status_name(ConditionStatus status) {
    switch (status) {
        case ConditionStatus::True:
            return "True";
        case ConditionStatus::False:
            return "False";
        case ConditionStatus::Unknown:
            break;
    }
    return "Unknown";
}

std::vector<Condition> conditions_from_json(const json::value& object) {
    std::vector<Condition> out;
    const json::array* array = json_array(object, {"status", "conditions"});
    if (array == nullptr) return out;
    for (const json::value& item : *array) {
        Condition condition;
        condition.type = json_string(item, {"type"});
        if (condition.type.empty()) continue;
        condition.status = status_from(json_string(item, {"status"}));
        condition.reason = json_string(item, {"reason"});
        condition.message = json_string(item, {"message"});
        condition.observed_generation = json_int(item, {"observedGeneration"});
        condition.last_transition_time = json_string(item, {"lastTransitionTime"});
        out.push_back(std::move(condition));
    }
    return out;
}

json::array conditions_to_json(const std::vector<Condition>& conditions) {
    json::array out;
    for (const Condition& condition : conditions) {
        json::object item{{"type", condition.type}, {"status", condition_status_name(condition.status)}};
        if (condition.observed_generation != 0) item["observedGeneration"] = condition.observed_generation;
        if (!condition.last_transition_time.empty()) item["lastTransitionTime"] = condition.last_transition_time;
        item["reason"] = condition.reason;
        // kube-apiserver 1.20 makes null of an empty text in an array of a merge patch, and then refuses it.
        if (!condition.message.empty()) item["message"] = condition.message;
        out.push_back(std::move(item));
    }
    return out;
}

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
    auto found = std::ranges::find(conditions, type, &Condition::type);
    return found == conditions.end() ? nullptr : &*found;
}

bool condition_is_true(const std::vector<Condition>& conditions, std::string_view type) {
    const Condition* condition = find_condition(conditions, type);
    return condition != nullptr && condition->status == ConditionStatus::True;
}

bool set_condition(std::vector<Condition>& conditions, Condition condition, WallClock::time_point now) {
    auto found = std::ranges::find(conditions, condition.type, &Condition::type);
    if (found == conditions.end()) {
        condition.last_transition_time = rfc3339(now);
        conditions.push_back(std::move(condition));
        return true;
    }
    bool changed = found->status != condition.status;
    condition.last_transition_time =
        changed || found->last_transition_time.empty() ? rfc3339(now) : found->last_transition_time;
    *found = std::move(condition);
    return changed;
}

}  // namespace wasmbed::fleet
