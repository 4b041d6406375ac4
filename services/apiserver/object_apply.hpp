// Server-side apply on stored objects: the seam between the writing verbs and apply/.
#pragma once

#include "services/apiserver/object_writer.hpp"

namespace wasmbed::apiserver {

WriteContext write_context(const WriteOptions& options);

/// Notes in `after` that the writer of an ordinary write owns what it changed; nothing where ownership is not recorded.
void record_ownership(const Kind& kind, const json::value& before, json::value& after, const WriteOptions& options,
                      const WriteContext& context);

}  // namespace wasmbed::apiserver
