// Writing status without writing what has not changed.
#pragma once

#include <optional>

#include "host/base/json.hpp"

namespace wasmbed::controller {

/// The merge patch for the status subresource that brings the members of `wanted` about and leaves the others alone,
/// conditional on the object's resourceVersion: conditions are one array that gateway and controller both write. None
/// when nothing differs.
std::optional<json::object> status_patch(const json::value& object, const json::object& wanted);

/// apiVersion, kind and the naming part of metadata: what an Event needs of an object.
json::value event_subject(const json::value& object);

}  // namespace wasmbed::controller
