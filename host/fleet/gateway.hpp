// Gateway: a process that holds device sessions. Fields as in deploy/crds/gateways.yaml.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "host/fleet/condition.hpp"
#include "host/fleet/object_meta.hpp"

namespace wasmbed::fleet {

/// Heartbeat period and time until Unreachable, when the Gateway does not say otherwise (the schema's defaults).
constexpr std::chrono::seconds kHeartbeatDefault{30};
constexpr std::chrono::seconds kUnreachableDefault{90};

struct Gateway {
    ObjectMeta meta;
    std::vector<std::string> endpoints;
    std::chrono::seconds heartbeat = kHeartbeatDefault;
    std::chrono::seconds unreachable = kUnreachableDefault;
    std::int64_t capacity = 0;  ///< sessions at most; 0: as many as it can hold
    bool drain = false;         ///< takes no sessions and sends its devices away
    std::string pairing_until;  ///< RFC 3339, or empty: pairing is closed
    std::vector<Condition> conditions;
    std::string api;
};

Gateway gateway_from_json(const json::value& object);

}  // namespace wasmbed::fleet
