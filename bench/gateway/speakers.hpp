// The protocols that the load generator speaks: the link of the project, MQTT 3.1.1, and nothing at all.
#pragma once

#include <memory>

#include "bench/gateway/client.hpp"

namespace wasmbed::bench {

/// core/link's DeviceSession; a message is a log record of 32 bytes, acknowledged when it is on the gateway's disk.
/// `backlog_bytes`: room for records that are not acknowledged.
std::unique_ptr<Speaker> make_device_speaker(std::size_t backlog_bytes);

/// CONNECT and CONNACK; a message is a PUBLISH of 32 bytes with QoS 1, acknowledged by PUBACK.
std::unique_ptr<Speaker> make_mqtt_speaker(const std::string& client_id);

/// Ready as soon as TLS is up; has no messages.
std::unique_ptr<Speaker> make_silent_speaker();

}  // namespace wasmbed::bench
