// Whether a Device may have a session, or an identity: decided from its object alone.
#pragma once

#include <optional>
#include <string>

#include "host/fleet/device.hpp"
#include "services/gateway/tls.hpp"

namespace wasmbed::gateway {

/// Why the bearer of this certificate gets no session for this Device; none when it does.
std::optional<std::string> session_problem(const fleet::Device& device, const TlsPeer& peer);

/// Why a key may not enroll as this Device, whatever token it has; none when it may.
std::optional<std::string> enrollment_problem(const fleet::Device& device, const std::string& public_key_sha256);

}  // namespace wasmbed::gateway
