// JSON Patch, RFC 6902.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "host/base/json.hpp"

namespace wasmbed::apiserver {

/// Applies add, remove, replace, move, copy and test, at most 10,000 operations. On an error, which names the
/// operation, `target` is in an unspecified state.
Result<void, std::string> apply_json_patch(json::value& target, const json::value& patch);

}  // namespace wasmbed::apiserver
