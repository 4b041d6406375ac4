// OpenAPI documents: as much of them as kubectl reads.
#pragma once

#include <optional>
#include <string_view>

#include "services/apiserver/discovery.hpp"

namespace wasmbed::apiserver {

/// OpenAPI v2. Clients before 1.27 ask for it as protobuf, and skip their own validation for kinds that it does not
/// describe; it describes none, since the server validates.
Document openapi_v2(std::string_view accept);

/// `path` is what follows /openapi/v3: empty for the index, "/apis/G/V" or "/api/v1" for the schemas of a group
/// version.
std::optional<Document> openapi_v3(const KindRegistry& kinds, std::string_view path);

}  // namespace wasmbed::apiserver
