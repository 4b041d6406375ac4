// OpenAPI v2 as protobuf: the few messages of gnostic's OpenAPIv2.proto that kubectl reads, written by hand.
#include "services/apiserver/openapi.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr std::string_view kTitle = "Wasmbed";
constexpr std::string_view kApiVersion = "v1alpha1";

/// A length-delimited field: tag, size as a base-128 varint, bytes.
std::string field(int number, std::string_view bytes) {
    std::string out(1, char(number << 3 | 2));
    auto size = bytes.size();
    for (; size >= 0x80; size >>= 7) out += char(size | 0x80);
    out += char(size);
    return out.append(bytes);
}

/// ParametersItem{1: Parameter{2: NonBodyParameter{3: QueryParameterSubSchema{2: in, 4: name, 6: type}}}}.
std::string query_parameter(std::string_view name) {
    auto parameter = field(2, "query") + field(4, name) + field(6, "string");
    return field(1, field(2, field(3, parameter)));
}

/// NamedAny{1: name, 2: Any{2: yaml}}.
std::string extension(std::string_view name, std::string_view yaml) {
    return field(1, name) + field(2, field(2, yaml));
}

/// NamedPathItem{1: name, 2: PathItem{8: Operation{8: parameters, 13: vendor extensions}}}.
std::string path_item(const Kind& kind) {
    auto identity =
        json::serialize(json::object{{"group", kind.group}, {"version", kind.version}, {"kind", kind.kind}});
    std::string patch;
    for (auto name : {"dryRun", "fieldManager"}) patch += field(8, query_parameter(name));
    patch += field(13, extension("x-kubernetes-group-version-kind", identity));
    return field(1, openapi_path(kind)) + field(2, field(8, patch));
}

}  // namespace

Document openapi_v2(const KindRegistry& kinds, std::string_view accept) {
    if (accept.find("protobuf") == accept.npos) {
        json::object document{{"swagger", "2.0"},
                              {"info", {{"title", kTitle}, {"version", kApiVersion}}},
                              {"paths", json::object()},
                              {"definitions", json::object()}};
        return {"application/json", json::serialize(document)};
    }
    std::string paths;
    for (const auto& kind : kinds.all()) paths += field(2, path_item(*kind));
    // Document{1: swagger, 2: Info{1: title, 2: version}, 8: Paths{2: path}}
    auto info = field(1, kTitle) + field(2, kApiVersion);
    return {"application/octet-stream", field(1, "2.0") + field(2, info) + field(8, paths)};
}

}  // namespace wasmbed::apiserver
