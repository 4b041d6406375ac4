// The Table form of objects, which `kubectl get` asks for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/base/time.hpp"
#include "services/apiserver/object_store.hpp"

namespace wasmbed::apiserver {

enum class TableObject { metadata, none, whole };  ///< query parameter includeObject

/// True if the Accept header prefers a Table.
bool wants_table(std::string_view accept);

/// A metav1.Table with one row per object, as JSON text. `list_meta` goes into its metadata.
std::string make_table(const Kind& kind, const std::vector<StoredPtr>& objects, json::object list_meta,
                       TableObject include, WallClock::time_point now);

}  // namespace wasmbed::apiserver
