// What the server has, for clients to find out: versions, groups, resources, OpenAPI.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/apiserver/kind.hpp"

namespace wasmbed::apiserver {

struct Document {
    std::string content_type;
    std::string body;
};

/// The document at `path` ("/version", "/api", "/apis", "/api/v1", "/apis/G", "/apis/G/V", "/openapi/v2",
/// "/openapi/v3",
/// "/openapi/v3/..."), in the form that `accept` asks for; none if there is no such document.
std::optional<Document> discovery_document(const KindRegistry& kinds, std::string_view path, std::string_view accept);

}  // namespace wasmbed::apiserver
