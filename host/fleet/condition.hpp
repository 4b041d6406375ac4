// Conditions: what is true of an object, since when, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/json.hpp"
#include "host/base/time.hpp"

namespace wasmbed::fleet {

enum class ConditionStatus { False, True, Unknown };

/// "True", "False" or "Unknown".
std::string_view condition_status_name(ConditionStatus status);

struct Condition {
    std::string type;
    ConditionStatus status = ConditionStatus::Unknown;
    std::string reason;   ///< one CamelCase word; needed
    std::string message;  ///< a sentence for people, may be empty
    std::int64_t observed_generation = 0;
    std::string last_transition_time;  ///< RFC 3339; set by `set_condition`

    bool operator==(const Condition&) const = default;
};

/// The conditions in `object.status.conditions`; entries without a type are left out.
std::vector<Condition> conditions_from_json(const json::value& object);
json::array conditions_to_json(const std::vector<Condition>& conditions);

/// The condition of that type, or null.
const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type);
/// Whether the condition is there and True.
bool condition_is_true(const std::vector<Condition>& conditions, std::string_view type);

/// Puts `condition` in place of the one of its type, or at the end. lastTransitionTime becomes `now` only when the
/// status changes, else it stays. Returns whether the status changed (or the condition is new): the moment for an
/// Event.
bool set_condition(std::vector<Condition>& conditions, Condition condition, WallClock::time_point now);

}  // namespace wasmbed::fleet
