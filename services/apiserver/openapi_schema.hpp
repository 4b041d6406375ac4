// Schemas as the OpenAPI documents publish them: with what every object has, which the schemas of kinds leave out.
#pragma once

#include <string>

#include "services/apiserver/kind.hpp"

namespace wasmbed::apiserver {

inline constexpr char kObjectMetaName[] = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The name of a kind's schema in the documents.
std::string schema_name(const Kind& kind);

/// The kind's schema with apiVersion and kind, metadata as a reference to `prefix` + kObjectMetaName, and
/// x-kubernetes-group-version-kind.
json::object published_schema(const Kind& kind, std::string_view prefix);

/// The schema of metadata.
const json::value& object_meta_schema();

json::object group_version_kind(const Kind& kind);

}  // namespace wasmbed::apiserver
