// Structural schemas (OpenAPI v3 as CRDs use it): defaulting, pruning, validation.
#pragma once

#include <string>
#include <vector>

#include "host/base/json.hpp"
#include "services/apiserver/status.hpp"

namespace wasmbed::apiserver {

/// Fills in `default` where a property is absent. Top-level apiVersion, kind and metadata are left alone, by all three.
void apply_defaults(const json::value& schema, json::value& object);

/// Removes fields that the schema does not know; returns their paths ("spec.colour"). Subtrees under
/// `x-kubernetes-preserve-unknown-fields` are kept.
std::vector<std::string> prune(const json::value& schema, json::value& object);

/// What the schema objects to, worded as kube-apiserver words it: type, enum, required, minimum, maximum, multipleOf,
/// lengths, pattern, item and property counts, uniqueItems, format (date-time, byte, int32, int64), nullable, oneOf,
/// anyOf, allOf, not. At most 20 errors.
std::vector<FieldError> validate(const json::value& schema, const json::value& object);

}  // namespace wasmbed::apiserver
