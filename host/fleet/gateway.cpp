#include "host/fleet/gateway.hpp"

namespace wasmbed::fleet {

Gateway gateway_from_json(const json::value& object) {
    Gateway gateway;
    gateway.meta = meta_from_json(object);
    if (const json::array* endpoints = json_array(object, {"spec", "endpoints"})) {
        for (const json::value& endpoint : *endpoints) {
            if (endpoint.is_string()) gateway.endpoints.emplace_back(endpoint.get_string());
        }
    }
    gateway.heartbeat = std::chrono::seconds(json_int(object, {"spec", "heartbeatSeconds"}, kHeartbeatDefault.count()));
    gateway.unreachable =
        std::chrono::seconds(json_int(object, {"spec", "unreachableSeconds"}, kUnreachableDefault.count()));
    gateway.capacity = json_int(object, {"spec", "capacity"});
    gateway.drain = json_bool(object, {"spec", "drain"});
    gateway.pairing_until = json_string(object, {"spec", "pairing", "until"});
    gateway.conditions = conditions_from_json(object);
    gateway.api = json_string(object, {"status", "api"});
    return gateway;
}

}  // namespace wasmbed::fleet
