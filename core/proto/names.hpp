// Names of the numbers in messages, for objects, records and logs.
#pragma once

#include <string_view>

#include "core/proto/messages.hpp"

namespace wasmbed::proto {

/// As in Device.status.applications[].state: "Running". Numbers that have no name give "Unknown".
std::string_view app_state_name(AppState state);
/// As in Device.status.applications[].reason: "BadSignature"; empty for `none`.
std::string_view app_reason_name(AppReason reason);
/// As in wire.cddl: "app-started".
std::string_view event_kind_name(EventKind kind);
/// As in wire.cddl: "not-expected".
std::string_view error_code_name(ErrorCode code);

}  // namespace wasmbed::proto
