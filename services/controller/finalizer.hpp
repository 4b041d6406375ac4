// Finalizers: what makes a deleted object stay until its deletion has been seen to.
#pragma once

#include <string_view>

#include "host/fleet/object_meta.hpp"
#include "host/kube/client.hpp"

namespace wasmbed::controller {

/// Puts the finalizer on the object, conditional on its resourceVersion; nothing when it is there. A missing object is
/// no error.
Task<kube::ApiResult<void>> add_finalizer(kube::Client& client, kube::ResourceType type, fleet::ObjectMeta meta,
                                          std::string_view name);

/// Takes it away: an object that is being deleted goes with its last finalizer.
Task<kube::ApiResult<void>> remove_finalizer(kube::Client& client, kube::ResourceType type, fleet::ObjectMeta meta,
                                             std::string_view name);

}  // namespace wasmbed::controller
