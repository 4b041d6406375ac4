// What an object's metadata may hold: the fields that Kubernetes knows, names, labels, annotations. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/base/json.hpp"
#include "services/apiserver/status.hpp"

namespace wasmbed::apiserver {

/// RFC 1123 subdomain: what names of objects must be.
bool valid_name(std::string_view name);

/// Every rule that `metadata` breaks.
std::vector<FieldError> check_metadata(const json::object& metadata);

/// Removes the fields that are none of ObjectMeta's; their paths.
std::vector<std::string> prune_metadata(json::object& metadata);

}  // namespace wasmbed::apiserver
