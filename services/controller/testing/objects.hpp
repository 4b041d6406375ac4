// Objects that the tests of this folder share.
#pragma once

#include <string>
#include <vector>

#include "host/fleet/device.hpp"
#include "host/pki/csr.hpp"
#include "host/pki/encoding.hpp"
#include "services/controller/issuer.hpp"

namespace wasmbed::controller::testing {

inline WallClock::time_point at(const char* text) {
    return parse_rfc3339(text).value();
}

inline const WallClock::time_point kNow = at("2026-11-21T09:00:00Z");

inline fleet::Device make_device(std::string name = "d1") {
    fleet::Device device;
    device.meta.ns = "wasmbed";
    device.meta.uid = name + "-uid";
    device.meta.name = std::move(name);
    device.meta.generation = 1;
    device.board = "mps2-an385";
    return device;
}

/// A request as the gateway writes it; with a token if `token_id` is not empty.
inline fleet::Enrollment make_enrollment(const pki::PrivateKey& key, std::string token_id = {}) {
    fleet::Enrollment enrollment;
    enrollment.csr = pki::to_base64(pki::make_csr(key, "device").value());
    enrollment.public_key_sha256 = key.public_key().spki_sha256();
    enrollment.board = "mps2-an385";
    enrollment.token_id = std::move(token_id);
    return enrollment;
}

inline void connect(fleet::Device& device, std::string since = "2026-11-21T09:00:00Z") {
    device.session = fleet::Session{"default", 1, std::move(since), "", ""};
    std::erase_if(device.conditions, [](const fleet::Condition& c) { return c.type == "Connected"; });
    device.conditions.push_back({"Connected", fleet::ConditionStatus::True, "SessionOpen", "", 0, ""});
}

inline void disconnect(fleet::Device& device, std::string until) {
    device.session->until = std::move(until);
    for (fleet::Condition& condition : device.conditions) {
        if (condition.type == "Connected") condition.status = fleet::ConditionStatus::False;
    }
}

}  // namespace wasmbed::controller::testing
