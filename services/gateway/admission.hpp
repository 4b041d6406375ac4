// Whether a Device may have a session, or an identity: decided from its object alone.
#pragma once

#include <optional>
#include <string>

#include "host/fleet/device.hpp"
#include "services/gateway/tls.hpp"

namespace wasmbed::gateway {

/// Why the bearer of this certificate gets no session for this Device; none when it does.
std::optional<std::string> session_problem(const fleet::Device& device, const TlsPeer& peer);

/// A request for an identity, as far as it counts here.
struct IdentityRequest {
    std::string public_key_sha256;
    std::string board;
    bool has_token = false;   ///< a valid one allows another key than the last: the board was made anew
    std::string common_name;  ///< of the certificate request: the uid that the board was provisioned with, or a word
};

/// Why a request may not be passed on to the controller; none when it may.
std::optional<std::string> enrollment_problem(const fleet::Device& device, const IdentityRequest& request);

}  // namespace wasmbed::gateway
