// What a board leaves the factory with: trust, gateways, and a one-time token, out of Kubernetes objects.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/json.hpp"

namespace wasmbed::emulator {

/// What a factory partition is made of (docs/reference/objects.md, core/proto/provision.cddl).
struct FactoryInputs {
    const json::value* device = nullptr;        ///< the Device
    const json::value* trust = nullptr;         ///< ConfigMap wasmbed-trust, or null: not there yet
    const json::value* token_secret = nullptr;  ///< Secret enrollment-<id>, or null: none
    std::vector<const json::value*> gateways;   ///< all Gateways, the preferred one may be anywhere in the list
    std::string host_address;                   ///< what the board calls this machine
    bool psk = false;                           ///< the board has no certificates, and no room for roots
    bool serial_link = false;                   ///< the board is on a serial line, whose bridge knows the gateway
};

/// What is still missing, for people ("the enrollment token of the controller"); empty: nothing. A Device with an
/// identity needs no token: it had one, and its store is being made anew; a person approves it again.
std::string missing_for_factory(const FactoryInputs& inputs);

/// "host:port" of the serial port of the Device's Gateway, or of any that has one; empty: there is none.
std::string serial_endpoint(const json::value& device, std::vector<const json::value*> gateways);

/// The partition's bytes. The error says which object holds something unusable.
Result<std::vector<std::uint8_t>, std::string> make_factory_partition(const FactoryInputs& inputs);

/// "host:port" as the board reaches it: a loopback host is replaced by `host_address`, anything else stays.
/// Empty when `endpoint` is not host:port.
std::string endpoint_seen_by_board(const std::string& endpoint, const std::string& host_address);

}  // namespace wasmbed::emulator
