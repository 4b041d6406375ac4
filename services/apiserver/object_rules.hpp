// What a write does to an object besides what its author asked for: metadata, generation, status, schema. Pure.
#pragma once

#include <string>
#include <string_view>

#include "host/base/time.hpp"
#include "services/apiserver/kind.hpp"
#include "services/apiserver/status.hpp"

namespace wasmbed::apiserver {

/// How to treat fields that the schema does not know (query parameter fieldValidation).
enum class FieldValidation { ignore, warn, strict };

struct WriteContext {
    FieldValidation fields = FieldValidation::ignore;
    WallClock::time_point now;
    std::vector<std::string> warnings = {};  ///< for the Warning header
};

/// The object as it will be stored for a create. `ns` is the URL's namespace.
Outcome<json::value> prepare_create(const Kind& kind, std::string_view ns, json::value object, WriteContext& context);

/// The object as it will be stored for an update of `old` to `wanted`; `status` says that the status subresource was
/// addressed: then only the status is taken over, else everything but the status.
/// When the result equals `old`, nothing is to be written.
Outcome<json::value> prepare_update(const Kind& kind, const json::value& old, json::value wanted, bool status,
                                    WriteContext& context);

/// Removes the fields that the schema does not know: an error with strict validation, else warnings if asked for.
Outcome<void> drop_unknown_fields(const Kind& kind, json::value& object, WriteContext& context);

/// `old` marked as being deleted.
json::value mark_deleted(const Kind& kind, const json::value& old, WallClock::time_point now);

/// True when nothing keeps a marked object any longer.
bool deletion_due(const json::value& object);

}  // namespace wasmbed::apiserver
