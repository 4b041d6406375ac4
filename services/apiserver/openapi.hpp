// OpenAPI documents: as much of them as kubectl reads.
#pragma once

#include <optional>
#include <string_view>

#include "services/apiserver/discovery.hpp"

namespace wasmbed::apiserver {

/// OpenAPI v2. Clients before 1.27 ask for it as protobuf: for `explain`, to validate what they send (only kinds whose
/// schema is in it), and to find in its paths what each kind's PATCH supports, `dryRun` above all.
Document openapi_v2(const KindRegistry& kinds, std::string_view accept);

/// Where objects of `kind` are, as OpenAPI writes it: "/apis/G/V/namespaces/{namespace}/PLURAL/{name}".
std::string openapi_path(const Kind& kind);

/// `path` is what follows /openapi/v3: empty for the index, "/apis/G/V" or "/api/v1" for the schemas of a group
/// version.
std::optional<Document> openapi_v3(const KindRegistry& kinds, std::string_view path);

}  // namespace wasmbed::apiserver
