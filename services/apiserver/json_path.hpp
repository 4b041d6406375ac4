// The part of Kubernetes' JSONPath that printer columns use.
#pragma once

#include <string_view>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::apiserver {

/// What `path` selects: ".a.b", "['a.b']", "[0]", "[*]", "[?(@.type==\"Ready\")]". A path that cannot be parsed selects
/// nothing.
std::vector<const json::value*> json_path(const json::value& root, std::string_view path);

}  // namespace wasmbed::apiserver
