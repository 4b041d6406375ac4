#include "services/apiserver/object_apply.hpp"

#include "services/apiserver/apply/managers.hpp"

namespace wasmbed::apiserver {
namespace {

apply::Writer writer_of(const Kind& kind, const WriteOptions& options, const WriteContext& context,
                        std::string operation) {
    return {options.manager.empty() ? "unknown" : options.manager, std::move(operation), kind.api_version(),
            options.status ? "status" : "", rfc3339(context.now)};
}

void set_managers(json::value& object, apply::Managers managers) {
    auto& metadata = object.at("metadata").as_object();
    auto entries = apply::managers_to_json(std::move(managers));
    if (entries.empty()) {
        metadata.erase("managedFields");
    } else {
        metadata["managedFields"] = std::move(entries);
    }
}

/// "Apply failed with 1 conflict: conflict with "NAME" using VERSION: .spec.board", as Kubernetes words it.
Failure apply_conflict(const std::vector<apply::Conflict>& conflicts) {
    std::string text;
    json::array causes;
    for (const auto& [owner, fields] : conflicts) {
        std::string with = "\"" + owner.name + "\"";
        if (!owner.subresource.empty()) with += " with subresource \"" + owner.subresource + "\"";
        with += " using " + owner.api_version;
        auto paths = apply::path_texts(fields);
        text += (text.empty() ? "" : "\n") + std::string(paths.size() > 1 ? "conflicts" : "conflict") + " with " + with;
        text += paths.size() > 1 ? ":" : ": " + paths[0];
        for (const auto& path : paths) {
            if (paths.size() > 1) text += "\n- " + path;
            causes.push_back(json::object{
                {"reason", "FieldManagerConflict"}, {"message", "conflict with " + with}, {"field", path}});
        }
    }
    auto count = causes.size();
    return {409, "Conflict",
            "Apply failed with " + std::to_string(count) + (count == 1 ? " conflict: " : " conflicts: ") + text,
            json::object{{"causes", std::move(causes)}}};
}

Failure manager_required() {
    json::object cause{{"reason", "FieldValueRequired"},
                       {"message", "Required value: is required for apply patch"},
                       {"field", "fieldManager"}};
    return {422, "Invalid",
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
            json::object{{"group", "meta.k8s.io"}, {"kind", "PatchOptions"}, {"causes", json::array{cause}}}};
}

/// The config must speak of the object at `key`; its names are filled in.
Outcome<void> complete_config(const Kind& kind, const ObjectKey& key, json::value& config) {
    if (!config.is_object()) return fail(bad_request("the body of an apply must be an object"));
    auto& metadata = config.get_object()["metadata"];
    if (metadata.is_null()) metadata = json::object();
    if (!metadata.is_object()) return fail(bad_request("metadata must be an object"));
    auto& members = metadata.get_object();
    if (const auto* managers = json_array(config, {"metadata", "managedFields"}); managers && !managers->empty()) {
        return fail(bad_request("metadata.managedFields must be nil"));
    }
    members.erase("managedFields");
    auto name = json_string(config, {"metadata", "name"});
    if (!name.empty() && name != key.name) {
        return fail(bad_request("the name of the object (" + std::string(name) +
                                ") does not match the name on the URL (" + key.name + ")"));
    }
    members["name"] = key.name;
    // As in Kubernetes: what an apply says must be typed, so that its fields mean something.
    for (const auto& [field, wanted] : {std::pair("apiVersion", kind.api_version()), {"kind", kind.kind}}) {
        if (json_string(config, {field}) != wanted) {
            return fail(bad_request("the " + std::string(field) + " of an apply must be " + wanted));
        }
    }
    return {};
}

}  // namespace

WriteContext write_context(const WriteOptions& options) {
    return {options.fields, WallClock::now(), {}};
}

void record_ownership(const Kind& kind, const json::value& before, json::value& after, const WriteOptions& options,
                      const WriteContext& context) {
    if (!json_find(after, {"metadata", "managedFields"})) return;
    auto managers = apply::managers_of(after);
    // A list without any valid entry is how a client asks to forget about ownership.
    if (managers.empty()) return set_managers(after, {});
    set_managers(after, apply::note_write(kind.merge_schema, before, after, std::move(managers),
                                          writer_of(kind, options, context, "Update")));
}

Task<Outcome<Written>> ObjectWriter::apply(const Kind& kind, ObjectKey key, json::value config, WriteOptions options) {
    if (options.manager.empty()) co_return fail(manager_required());
    if (auto completed = complete_config(kind, key, config); !completed) co_return fail(completed.error());
    auto context = write_context(options);
    if (auto dropped = drop_unknown_fields(kind, config, context); !dropped) co_return fail(dropped.error());
    auto writer = writer_of(kind, options, context, "Apply");
    auto before = store_.tip(kind, key);
    if (!before) {
        if (options.status) co_return fail(not_found(kind, key.name));
        auto managers = apply::first_managers(kind.merge_schema, config, writer);
        auto prepared = prepare_create(kind, key.ns, std::move(config), context);
        if (!prepared) co_return fail(prepared.error());
        set_managers(*prepared, std::move(managers));
        co_return co_await insert(kind, std::move(*prepared), std::move(options), std::move(context));
    }
    auto old = before->parse();
    auto applied = apply::apply_config(kind.merge_schema, old, config, apply::managers_of(old), writer, options.force);
    if (!applied) co_return fail(apply_conflict(applied.error()));
    auto prepared = prepare_update(kind, old, std::move(applied->object), options.status, context);
    if (!prepared) co_return fail(prepared.error());
    set_managers(*prepared, std::move(applied->managers));
    co_return co_await store(kind, before, std::move(*prepared), std::move(options), std::move(context));
}

}  // namespace wasmbed::apiserver
