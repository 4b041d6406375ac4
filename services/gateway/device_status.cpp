#include "services/gateway/device_status.hpp"

#include "host/fleet/condition.hpp"

namespace wasmbed::gateway {
namespace {

/// Device.status.apps while the device is not connected, or has not reported yet.
constexpr std::string_view kUnknownApps = "?";

json::array conditions_with(const json::value& device, const SessionFacts& facts, WallClock::time_point now) {
    std::vector<fleet::Condition> conditions = fleet::conditions_from_json(device);
    fleet::Condition connected;
    connected.type = "Connected";
    connected.status = facts.ended ? fleet::ConditionStatus::False : fleet::ConditionStatus::True;
    connected.reason = facts.ended ? facts.end_reason : "SessionOpen";
    connected.message = facts.ended ? facts.end_message : "session with gateway " + facts.gateway;
    connected.observed_generation = json_int(device, {"metadata", "generation"});
    fleet::set_condition(conditions, std::move(connected), now);
    return fleet::conditions_to_json(conditions);
}

/// The part of status that belongs to the gateway, as it should be.
json::object wanted_status(const json::value& device, const SessionFacts& facts, WallClock::time_point now) {
    json::object session{{"gateway", facts.gateway}, {"epoch", facts.epoch}, {"since", rfc3339(facts.since)}};
    if (!facts.boot_id.empty()) session["bootId"] = facts.boot_id;
    if (facts.ended) session["until"] = rfc3339(*facts.ended);
    json::object status{{"session", std::move(session)},
                        {"conditions", conditions_with(device, facts, now)},
                        {"lastSeen", rfc3339(facts.ended.value_or(facts.since))}};
    if (facts.make) {
        status["firmware"] = facts.make->firmware_json();
        status["capacity"] = facts.make->capacity;
    }
    if (facts.applications) {
        json::array applications;
        for (const fleet::DeviceApplication& app : *facts.applications) applications.push_back(app.to_json());
        status["applications"] = std::move(applications);
        status["reportedGeneration"] = facts.reported_generation;
    }
    // Only what this session heard is known: before its first report, and after its end, nothing is.
    const bool knows = facts.applications && !facts.ended;
    status["apps"] = knows ? fleet::apps_summary(*facts.applications) : std::string(kUnknownApps);
    return status;
}

json::object conditional(const json::value& device, json::object status) {
    return {{"metadata", {{"resourceVersion", json_string(device, {"metadata", "resourceVersion"})}}},
            {"status", std::move(status)}};
}

/// What of `device`'s status the gateway writes, for comparing: members that `wanted` has too.
json::object present_status(const json::value& device, const json::object& wanted) {
    json::object present;
    const json::object* status = json_object(device, {"status"});
    for (const auto& member : wanted) {
        const json::value* value = status == nullptr ? nullptr : status->if_contains(member.key());
        if (value != nullptr) present[member.key()] = *value;
    }
    return present;
}

}  // namespace

json::object open_session_patch(const json::value& device, SessionFacts& facts, WallClock::time_point now) {
    facts.epoch = json_int(device, {"status", "session", "epoch"}) + 1;
    json::object wanted = wanted_status(device, facts, now);
    // A new session starts with nothing reported: the generation counts within the epoch.
    wanted["reportedGeneration"] = 0;
    wanted["session"].as_object()["until"] = nullptr;
    return conditional(device, std::move(wanted));
}

bool is_current(const json::value& device, const SessionFacts& facts) {
    return json_int(device, {"status", "session", "epoch"}) == facts.epoch &&
           json_string(device, {"status", "session", "gateway"}) == facts.gateway;
}

bool is_superseded(const json::value& device, const SessionFacts& facts) {
    return json_int(device, {"status", "session", "epoch"}) > facts.epoch;
}

std::optional<json::object> session_patch(const json::value& device, const SessionFacts& facts,
                                          WallClock::time_point now) {
    if (!is_current(device, facts)) return std::nullopt;
    const json::object wanted = wanted_status(device, facts, now);
    json::object changes = make_merge_patch(present_status(device, wanted), wanted);
    if (changes.empty()) return std::nullopt;
    return conditional(device, std::move(changes));
}

}  // namespace wasmbed::gateway
