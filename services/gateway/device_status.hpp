// What the gateway writes into Device.status, decided without I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/proto/messages.hpp"
#include "host/base/json.hpp"
#include "host/base/time.hpp"
#include "host/fleet/device.hpp"
#include "services/gateway/device_make.hpp"

namespace wasmbed::gateway {

/// A session as the API server should show it.
struct SessionFacts {
    std::string gateway;
    std::int64_t epoch = 0;  ///< the one this session was given; writes under another epoch are refused here
    std::string boot_id;     ///< lower-case hex
    WallClock::time_point since;
    std::optional<WallClock::time_point> ended;
    std::string end_reason;  ///< CamelCase, for the condition
    std::string end_message;

    DeviceMakePtr make;  ///< from Hello; null when not known (a session of an earlier process of this gateway)

    /// From the last Reported; absent before the first.
    std::optional<std::vector<fleet::DeviceApplication>> applications;
    std::int64_t reported_generation = 0;
};

/// The merge patch for `device`'s status subresource that opens a session under the next epoch, conditional on the
/// object's resourceVersion. `facts.epoch` is set.
json::object open_session_patch(const json::value& device, SessionFacts& facts, WallClock::time_point now);

/// The merge patch that brings the status in line with `facts`, conditional on the object's resourceVersion; none when
/// nothing differs, or when another session has the device by now.
std::optional<json::object> session_patch(const json::value& device, const SessionFacts& facts,
                                          WallClock::time_point now);

/// Whether the Device's status names exactly this session as its latest.
bool is_current(const json::value& device, const SessionFacts& facts);

/// Whether it names a session that was opened after this one.
bool is_superseded(const json::value& device, const SessionFacts& facts);

}  // namespace wasmbed::gateway
