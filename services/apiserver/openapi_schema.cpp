#include "services/apiserver/openapi_schema.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr char kObjectMeta[] = R"({
"type": "object",
"description": "ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.",
"properties": {
  "annotations": {"type": "object", "additionalProperties": {"type": "string"},
    "description": "Unstructured values stored with the object by tools; not queryable."},
  "creationTimestamp": {"type": "string", "format": "date-time",
    "description": "When the object was created, RFC 3339 UTC. Set by the server."},
  "deletionGracePeriodSeconds": {"type": "integer", "format": "int64",
    "description": "Seconds until the object goes. Set with deletionTimestamp, read-only."},
  "deletionTimestamp": {"type": "string", "format": "date-time",
    "description": "When the object was asked to be deleted. It goes when its finalizers are gone. Set by the server."},
  "finalizers": {"type": "array", "items": {"type": "string"},
    "description": "Names of parties that have to clean up before the object goes."},
  "generateName": {"type": "string", "description": "Prefix of a name that the server completes, when name is empty."},
  "generation": {"type": "integer", "format": "int64",
    "description": "Number of the desired state, raised with each change of it. Set by the server."},
  "labels": {"type": "object", "additionalProperties": {"type": "string"},
    "description": "Keys and values by which objects are selected."},
  "managedFields": {"type": "array",
    "items": {"type": "object", "properties": {
      "apiVersion": {"type": "string"}, "fieldsType": {"type": "string"},
      "fieldsV1": {"type": "object"}, "manager": {"type": "string"}, "operation": {"type": "string"},
      "subresource": {"type": "string"}, "time": {"type": "string", "format": "date-time"}}},
    "description": "Which manager owns which fields; kept by the server for server-side apply."},
  "name": {"type": "string", "description": "Name, unique among the objects of the kind in the namespace. Cannot be changed."},
  "namespace": {"type": "string", "description": "The space within which the name is unique. Cannot be changed."},
  "ownerReferences": {"type": "array",
    "items": {"type": "object", "required": ["apiVersion", "kind", "name", "uid"], "properties": {
      "apiVersion": {"type": "string"}, "blockOwnerDeletion": {"type": "boolean"}, "controller": {"type": "boolean"},
      "kind": {"type": "string"}, "name": {"type": "string"}, "uid": {"type": "string"}}},
    "description": "Objects on which this one depends: it is deleted once all of them are gone."},
  "resourceVersion": {"type": "string",
    "description": "Opaque version of the object, for optimistic concurrency and watches. Set by the server."},
  "selfLink": {"type": "string", "description": "No longer used."},
  "uid": {"type": "string", "description": "Unique in time and space. Set by the server."}}})";

}  // namespace

std::string schema_name(const Kind& kind) {
    return kind.group.empty() ? "io.k8s.api.core.v1." + kind.kind : kind.group + "." + kind.version + "." + kind.kind;
}

json::object group_version_kind(const Kind& kind) {
    return {{"group", kind.group}, {"version", kind.version}, {"kind", kind.kind}};
}

const json::value& object_meta_schema() {
    static const json::value kSchema = json::parse(kObjectMeta);
    return kSchema;
}

json::object published_schema(const Kind& kind, std::string_view prefix) {
    json::object schema = kind.schema.is_object() ? kind.schema.get_object() : json::object{{"type", "object"}};
    json::object properties;
    properties["apiVersion"] =
        json::object{{"type", "string"}, {"description", "Group and version of the object's schema."}};
    properties["kind"] = json::object{{"type", "string"}, {"description", "The resource that the object is."}};
    if (const auto* own = json_object(kind.schema, {"properties"})) {
        for (const auto& property : *own) properties[property.key()] = property.value();
    }
    properties["metadata"] = json::object{{"$ref", std::string(prefix) + kObjectMetaName}};
    schema["properties"] = std::move(properties);
    schema["x-kubernetes-group-version-kind"] = json::array{group_version_kind(kind)};
    return schema;
}

}  // namespace wasmbed::apiserver
