// OpenAPI v2 as protobuf: the few messages of gnostic's OpenAPIv2.proto that kubectl reads, written by hand.
#include "services/apiserver/openapi.hpp"
#include "services/apiserver/openapi_schema.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr std::string_view kTitle = "Wasmbed";
constexpr std::string_view kApiVersion = "v1alpha1";

std::string varint(std::size_t number) {
    std::string out;
    for (; number >= 0x80; number >>= 7) out += char(number | 0x80);
    return out + char(number);
}

/// A length-delimited field: tag and size as base-128 varints, bytes.
std::string field(std::size_t number, std::string_view bytes) {
    return (varint(number << 3 | 2) + varint(bytes.size())).append(bytes);
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

/// Properties, or Definitions: {1: NamedSchema{1: name, 2: value}}
std::string named_schema(std::string_view name, const std::string& schema) {
    return field(1, field(1, name) + field(2, schema));
}

/// Schema{1: $ref, 2: format, 4: description, 19: required, 21: AdditionalPropertiesItem{1: schema},
/// 22: TypeItem{1: type}, 23: ItemsItem{1: schema}, 25: Properties}. An object that takes unknown fields is published
/// without the known ones, as kube-apiserver does, or old clients would refuse the others; not so at the top.
std::string schema_message(const json::value& schema, bool top) {
    auto reference = json_string(schema, {"$ref"});
    if (!reference.empty()) return field(1, reference);
    std::string out;
    if (auto format = json_string(schema, {"format"}); !format.empty()) out += field(2, format);
    if (auto text = json_string(schema, {"description"}); !text.empty()) out += field(4, text);
    if (const auto* required = json_array(schema, {"required"})) {
        for (const auto& name : *required) out += field(19, std::string_view(name.as_string()));
    }
    const auto* any = json_find(schema, {"additionalProperties"});
    if (any && any->is_object()) out += field(21, field(1, schema_message(*any, false)));
    if (auto type = json_string(schema, {"type"}); !type.empty()) out += field(22, field(1, type));
    if (const auto* items = json_find(schema, {"items"})) out += field(23, field(1, schema_message(*items, false)));
    const auto* properties = json_object(schema, {"properties"});
    if (properties && (top || !json_bool(schema, {"x-kubernetes-preserve-unknown-fields"}))) {
        std::string members;
        for (const auto& property : *properties) {
            members += named_schema(property.key(), schema_message(property.value(), false));
        }
        out += field(25, members);
    }
    return out;
}

/// The definition of a kind: its schema, and 31: vendor extensions, which say which kind it is.
std::string definition(const Kind& kind) {
    auto identity = json::serialize(json::array{group_version_kind(kind)});
    return schema_message(published_schema(kind, "#/definitions/"), true) +
           field(31, extension("x-kubernetes-group-version-kind", identity));
}

/// NamedPathItem{1: name, 2: PathItem{8: Operation{8: parameters, 13: vendor extensions}}}.
std::string path_item(const Kind& kind) {
    auto identity = json::serialize(group_version_kind(kind));
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
    auto definitions = named_schema(kObjectMetaName, schema_message(object_meta_schema(), true));
    for (const auto& kind : kinds.all()) {
        paths += field(2, path_item(*kind));
        // Without a schema a kind has no definition: clients then leave the validation to the server.
        if (!kind->schema.is_null()) definitions += named_schema(schema_name(*kind), definition(*kind));
    }
    // Document{1: swagger, 2: Info{1: title, 2: version}, 8: Paths{2: path}, 9: Definitions}
    auto info = field(1, kTitle) + field(2, kApiVersion);
    return {"application/octet-stream", field(1, "2.0") + field(2, info) + field(8, paths) + field(9, definitions)};
}

}  // namespace wasmbed::apiserver
