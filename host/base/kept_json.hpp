// JSON values that are kept for long: in one block of memory each.
#pragma once

#include <memory>

#include "host/base/json.hpp"

namespace wasmbed {

/// A copy of `value` that lies in one block of exactly its size, about half of what the value took. Values above 64 KB,
/// most of which is one long string, are copied as usual.
std::shared_ptr<const json::value> keep_json(const json::value& value);

}  // namespace wasmbed
