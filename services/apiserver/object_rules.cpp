#include "services/apiserver/object_rules.hpp"

#include <algorithm>
#include <openssl/rand.h>

#include "host/pki/encoding.hpp"
#include "services/apiserver/metadata_rules.hpp"
#include "services/apiserver/schema.hpp"

namespace wasmbed::apiserver {
namespace {

/// Five characters of the alphabet that Kubernetes uses for generateName: no vowels, so no words.
std::string name_suffix() {
    constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    unsigned char bytes[5] = {};
    RAND_bytes(bytes, sizeof bytes);
    std::string suffix;
    for (auto byte : bytes) suffix += kAlphabet[byte % kAlphabet.size()];
    return suffix;
}

/// The body must be an object of this kind; absent type fields are filled in.
Outcome<void> check_type(const Kind& kind, json::value& object) {
    if (!object.is_object()) return fail(bad_request("the body must be a JSON object"));
    auto& members = object.get_object();
    auto check = [&](std::string_view field, const std::string& wanted) -> Outcome<void> {
        auto given = json_string(object, {field});
        if (given.empty()) {
            members[field] = wanted;
        } else if (given != wanted) {
            return fail(bad_request("the " + std::string(field) + " in the data (" + std::string(given) +
                                    ") does not match the expected " + std::string(field) + " (" + wanted + ")"));
        }
        return {};
    };
    if (auto checked = check("apiVersion", kind.api_version()); !checked) return checked;
    if (auto checked = check("kind", kind.kind); !checked) return checked;
    auto& metadata = members["metadata"];
    if (metadata.is_null()) metadata = json::object();
    if (!metadata.is_object()) return fail(bad_request("metadata must be an object"));
    return {};
}

/// Defaults, unknown fields and validation by the kind's schema.
Outcome<void> apply_schema(const Kind& kind, json::value& object, WriteContext& context) {
    std::string name(json_string(object, {"metadata", "name"}));
    auto errors = check_metadata(object.at("metadata").as_object());
    if (!kind.schema.is_null()) apply_defaults(kind.schema, object);
    if (auto dropped = drop_unknown_fields(kind, object, context); !dropped) return dropped;
    if (!kind.schema.is_null()) {
        auto found = validate(kind.schema, object);
        errors.insert(errors.end(), found.begin(), found.end());
    }
    if (!errors.empty()) return fail(invalid(kind, name, errors));
    return {};
}

/// Secrets are written with stringData and read as data.
void fold_string_data(const Kind& kind, json::value& object) {
    if (kind.plural != "secrets" || !kind.group.empty()) return;
    auto& members = object.get_object();
    if (!members.contains("type")) members["type"] = "Opaque";
    auto* plain = members.if_contains("stringData");
    if (!plain || !plain->is_object()) return;
    auto& data = members["data"];
    if (!data.is_object()) data = json::object();
    for (const auto& member : plain->get_object()) {
        std::string_view text = member.value().is_string() ? std::string_view(member.value().get_string()) : "";
        data.get_object()[member.key()] = pki::to_base64(bytes_of(text));
    }
    members.erase("stringData");
}

/// Everything outside of metadata and status: a change there is a new generation.
json::object desired_part(const json::value& object) {
    json::object copy = object.as_object();
    for (auto name : {"metadata", "status"}) copy.erase(name);
    return copy;
}

void copy_member(const json::object& from, json::object& to, std::string_view name) {
    if (const auto* value = from.if_contains(name)) {
        to[name] = *value;
    } else {
        to.erase(name);
    }
}

/// What was asked for must concern this object, in this version.
Outcome<void> check_identity(const Kind& kind, const json::value& old, const json::value& wanted) {
    auto name = json_string(old, {"metadata", "name"});
    for (auto field : {"name", "namespace"}) {
        auto given = json_string(wanted, {"metadata", field});
        auto is = json_string(old, {"metadata", field});
        if (!given.empty() && given != is) {
            return fail(bad_request("the " + std::string(field) + " of the object (" + std::string(given) +
                                    ") does not match the " + field + " on the URL (" + std::string(is) + ")"));
        }
    }
    auto uid = json_string(wanted, {"metadata", "uid"});
    if (!uid.empty() && uid != json_string(old, {"metadata", "uid"})) {
        return fail(conflict(kind, name,
                             "Precondition failed: UID in precondition: " + std::string(uid) +
                                 ", UID in object meta: " + std::string(json_string(old, {"metadata", "uid"}))));
    }
    auto revision = json_string(wanted, {"metadata", "resourceVersion"});
    if (revision.empty() && kind.custom) {
        return fail(invalid(kind, name,
                            {{"FieldValueInvalid", "metadata.resourceVersion",
                              "Invalid value: 0x0: must be specified for an update"}}));
    }
    if (!revision.empty() && revision != json_string(old, {"metadata", "resourceVersion"}))
        return fail(stale(kind, name));
    return {};
}

Outcome<void> check_finalizers(const Kind& kind, const json::value& old, const json::value& wanted) {
    if (!json_find(old, {"metadata", "deletionTimestamp"})) return {};
    const auto* before = json_array(old, {"metadata", "finalizers"});
    const auto* after = json_array(wanted, {"metadata", "finalizers"});
    for (std::size_t i = 0; after && i < after->size(); ++i) {
        if (before && std::find(before->begin(), before->end(), (*after)[i]) != before->end()) continue;
        return fail(invalid(kind, json_string(old, {"metadata", "name"}),
                            {{"FieldValueForbidden", "metadata.finalizers",
                              "Forbidden: no new finalizers can be added if the object is being deleted"}}));
    }
    return {};
}

void drop_empty(json::object& metadata) {
    for (auto name : {"labels", "annotations", "finalizers", "ownerReferences"}) {
        const auto* value = metadata.if_contains(name);
        bool empty = value && (value->is_null() || (value->is_object() && value->get_object().empty()) ||
                               (value->is_array() && value->get_array().empty()));
        if (empty) metadata.erase(name);
    }
}

}  // namespace

Outcome<void> drop_unknown_fields(const Kind& kind, json::value& object, WriteContext& context) {
    auto unknown = kind.schema.is_null() ? std::vector<std::string>{} : prune(kind.schema, object);
    if (auto* metadata = object.as_object().if_contains("metadata"); metadata && metadata->is_object()) {
        for (auto& field : prune_metadata(metadata->get_object())) unknown.push_back(std::move(field));
    }
    if (!unknown.empty() && context.fields == FieldValidation::strict) {
        std::string list;
        for (const auto& field : unknown) list += (list.empty() ? "" : ", ") + ("unknown field \"" + field + "\"");
        return fail(bad_request(kind.kind + " in version \"" + kind.version + "\" cannot be handled as a " + kind.kind +
                                ": strict decoding error: " + list));
    }
    if (context.fields == FieldValidation::warn) {
        for (const auto& field : unknown) context.warnings.push_back("unknown field \"" + field + "\"");
    }
    return {};
}

Outcome<json::value> prepare_create(const Kind& kind, std::string_view ns, json::value object, WriteContext& context) {
    if (auto checked = check_type(kind, object); !checked) return fail(checked.error());
    auto& metadata = object.at("metadata").as_object();
    auto given = json_string(object, {"metadata", "namespace"});
    if (kind.namespaced && !given.empty() && given != ns) {
        return fail(
            bad_request("the namespace of the provided object does not match the namespace sent on the request"));
    }
    if (!json_string(object, {"metadata", "resourceVersion"}).empty()) {
        return fail(bad_request("resourceVersion should not be set on objects to be created"));
    }
    for (auto name : {"uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "selfLink",
                      "deletionGracePeriodSeconds", "managedFields"}) {
        metadata.erase(name);
    }
    if (kind.namespaced) {
        metadata["namespace"] = ns;
    } else {
        metadata.erase("namespace");
    }
    auto prefix = json_string(object, {"metadata", "generateName"});
    if (json_string(object, {"metadata", "name"}).empty() && !prefix.empty()) {
        metadata["name"] = std::string(prefix) + name_suffix();
    }
    metadata["uid"] = random_uuid();
    metadata["creationTimestamp"] = rfc3339(context.now);
    if (kind.custom) metadata["generation"] = 1;
    if (kind.has_status) object.get_object().erase("status");
    drop_empty(metadata);
    fold_string_data(kind, object);
    if (auto checked = apply_schema(kind, object, context); !checked) return fail(checked.error());
    return object;
}

Outcome<json::value> prepare_update(const Kind& kind, const json::value& old, json::value wanted, bool status,
                                    WriteContext& context) {
    if (auto checked = check_type(kind, wanted); !checked) return fail(checked.error());
    if (auto checked = check_identity(kind, old, wanted); !checked) return fail(checked.error());
    if (auto checked = check_finalizers(kind, old, wanted); !checked) return fail(checked.error());
    const auto& old_members = old.get_object();
    if (status) {
        json::value only_status = old;
        copy_member(wanted.get_object(), only_status.get_object(), "status");
        wanted = std::move(only_status);
    } else {
        auto& metadata = wanted.at("metadata").as_object();
        for (auto name : {"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
                          "deletionTimestamp", "deletionGracePeriodSeconds"}) {
            copy_member(old.at("metadata").as_object(), metadata, name);
        }
        // Who sends none, or an empty list, knows nothing of them.
        const auto* managers = json_array(wanted, {"metadata", "managedFields"});
        if (!managers || managers->empty()) copy_member(old.at("metadata").as_object(), metadata, "managedFields");
        metadata.erase("selfLink");
        drop_empty(metadata);
        if (kind.has_status) copy_member(old_members, wanted.get_object(), "status");
        fold_string_data(kind, wanted);
    }
    if (auto checked = apply_schema(kind, wanted, context); !checked) return fail(checked.error());
    if (kind.custom && desired_part(old) != desired_part(wanted)) {
        wanted.at("metadata").as_object()["generation"] = json_int(old, {"metadata", "generation"}, 1) + 1;
    }
    return wanted;
}

json::value mark_deleted(const Kind& kind, const json::value& old, WallClock::time_point now) {
    json::value marked = old;
    auto& metadata = marked.at("metadata").as_object();
    if (metadata.contains("deletionTimestamp")) return marked;
    metadata["deletionTimestamp"] = rfc3339(now);
    metadata["deletionGracePeriodSeconds"] = 0;
    if (kind.custom) metadata["generation"] = json_int(old, {"metadata", "generation"}, 1) + 1;
    return marked;
}

bool deletion_due(const json::value& object) {
    if (!json_find(object, {"metadata", "deletionTimestamp"})) return false;
    const auto* finalizers = json_array(object, {"metadata", "finalizers"});
    const auto* namespace_finalizers = json_array(object, {"spec", "finalizers"});
    bool is_namespace = json_string(object, {"kind"}) == "Namespace" && json_string(object, {"apiVersion"}) == "v1";
    if (is_namespace && namespace_finalizers && !namespace_finalizers->empty()) return false;
    return !finalizers || finalizers->empty();
}

}  // namespace wasmbed::apiserver
