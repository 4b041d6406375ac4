#include "services/apiserver/object_writer.hpp"

#include "services/apiserver/json_patch.hpp"
#include "services/apiserver/object_apply.hpp"

namespace wasmbed::apiserver {
namespace {

/// Largest object that is stored, bytes of JSON: etcd's default limit, which real clusters have.
constexpr std::size_t kObjectBytesMax = 1536 * 1024;

std::shared_ptr<const std::string> shared_text(const json::value& value) {
    return std::make_shared<const std::string>(json::serialize(value));
}

bool is_namespace(const Kind& kind) {
    return kind.group.empty() && kind.plural == "namespaces";
}

void add_finalizer(json::value& object, std::string_view name) {
    auto& finalizers = object.at("metadata").as_object()["finalizers"];
    if (!finalizers.is_array()) finalizers = json::array();
    finalizers.get_array().push_back(json::string(name));
}

/// A new namespace is active, and is kept until it has been emptied.
void complete_namespace(json::value& object) {
    object.as_object()["spec"] = json::object{{"finalizers", json::array{"kubernetes"}}};
    object.as_object()["status"] = json::object{{"phase", "Active"}};
}

Outcome<void> check_size(const json::value& object) {
    auto size = json::serialize(object).size();
    if (size <= kObjectBytesMax) return {};
    return fail(
        Failure{413, "RequestEntityTooLarge",
                "the object has " + std::to_string(size) + " bytes; the limit is " + std::to_string(kObjectBytesMax)});
}

}  // namespace

Outcome<void> ObjectWriter::check_namespace(const Kind& kind, const std::string& ns) const {
    if (!kind.namespaced) return {};
    const auto* namespaces = store_.kinds().find("", "v1", "namespaces");
    auto found = store_.tip(*namespaces, {{}, ns});
    if (!found) return fail(not_found(*namespaces, ns));
    if (found->deleting) {
        return fail(forbidden("unable to create new content in namespace " + ns + " because it is being terminated",
                              nullptr, {}));
    }
    return {};
}

Task<Outcome<Written>> ObjectWriter::create(const Kind& kind, std::string ns, json::value object,
                                            WriteOptions options) {
    auto context = write_context(options);
    auto prepared = prepare_create(kind, ns, std::move(object), context);
    if (!prepared) co_return fail(prepared.error());
    co_return co_await insert(kind, std::move(*prepared), std::move(options), std::move(context));
}

Task<Outcome<Written>> ObjectWriter::insert(const Kind& kind, json::value prepared, WriteOptions options,
                                            WriteContext context) {
    auto key = kube::key_of(prepared);
    if (auto checked = check_namespace(kind, key.ns); !checked) co_return fail(checked.error());
    if (auto checked = check_size(prepared); !checked) co_return fail(checked.error());
    if (is_namespace(kind)) complete_namespace(prepared);
    if (store_.tip(kind, key)) co_return fail(already_exists(kind, key.name));
    if (options.dry_run) co_return Written{201, shared_text(prepared), context.warnings};
    auto stored = co_await store_.put(kind, std::move(prepared));
    if (!stored) co_return fail(stored.error());
    co_return Written{201, (*stored)->text, context.warnings};
}

Task<Outcome<Written>> ObjectWriter::store(const Kind& kind, StoredPtr before, json::value after, WriteOptions options,
                                           WriteContext context) {
    if (auto checked = check_size(after); !checked) co_return fail(checked.error());
    if (options.dry_run) co_return Written{200, shared_text(after), context.warnings};
    if (after == before->parse()) co_return Written{200, before->text, context.warnings};
    if (deletion_due(after)) {
        auto removed = co_await store_.remove(kind, before);
        if (!removed) co_return fail(removed.error());
        co_return Written{200, shared_text(after), context.warnings};
    }
    auto stored = co_await store_.put(kind, std::move(after));
    if (!stored) co_return fail(stored.error());
    co_return Written{200, (*stored)->text, context.warnings};
}

Task<Outcome<Written>> ObjectWriter::update(const Kind& kind, ObjectKey key, json::value wanted, WriteOptions options) {
    auto before = store_.tip(kind, key);
    if (!before) co_return fail(not_found(kind, key.name));
    auto context = write_context(options);
    auto old = before->parse();
    auto prepared = prepare_update(kind, old, std::move(wanted), options.status, context);
    if (!prepared) co_return fail(prepared.error());
    record_ownership(kind, old, *prepared, options, context);
    co_return co_await store(kind, before, std::move(*prepared), options, std::move(context));
}

Task<Outcome<Written>> ObjectWriter::patch(const Kind& kind, ObjectKey key, PatchKind how, json::value patch,
                                           WriteOptions options) {
    auto before = store_.tip(kind, key);
    if (!before) co_return fail(not_found(kind, key.name));
    auto old = before->parse();
    auto wanted = old;
    if (how == PatchKind::merge) {
        if (!patch.is_object()) co_return fail(bad_request("a merge patch must be a JSON object"));
        apply_merge_patch(wanted, patch);
    } else if (auto applied = apply_json_patch(wanted, patch); !applied) {
        co_return fail(Failure{422, "Invalid", "the JSON patch cannot be applied: " + applied.error()});
    }
    auto context = write_context(options);
    auto prepared = prepare_update(kind, old, std::move(wanted), options.status, context);
    if (!prepared) co_return fail(prepared.error());
    record_ownership(kind, old, *prepared, options, context);
    co_return co_await store(kind, before, std::move(*prepared), options, std::move(context));
}

Task<Outcome<Written>> ObjectWriter::remove(const Kind& kind, ObjectKey key, DeleteRequest request) {
    auto before = store_.tip(kind, key);
    if (!before) co_return fail(not_found(kind, key.name));
    auto precondition = [&](std::string_view what, const std::string& wanted, const std::string& is) {
        return conflict(kind, key.name,
                        "Precondition failed: " + std::string(what) + " in precondition: " + wanted + ", " +
                            std::string(what) + " in object meta: " + is);
    };
    auto revision = std::to_string(before->revision);
    if (!request.uid.empty() && request.uid != before->uid)
        co_return fail(precondition("UID", request.uid, before->uid));
    if (!request.resource_version.empty() && request.resource_version != revision) {
        co_return fail(precondition("ResourceVersion", request.resource_version, revision));
    }
    if (request.orphan && !request.dry_run) {
        auto released = co_await release_dependents(before->uid);
        if (!released) co_return fail(released.error());
        // Meanwhile others may have written: what follows is decided on what is there now, if it is the same object.
        auto now = store_.tip(kind, key);
        if (!now || now->uid != before->uid) co_return fail(not_found(kind, key.name));
        before = now;
        revision = std::to_string(before->revision);
        if (!request.resource_version.empty() && request.resource_version != revision) {
            co_return fail(precondition("ResourceVersion", request.resource_version, revision));
        }
    }
    auto old = before->parse();
    auto marked = mark_deleted(kind, old, WallClock::now());
    if (is_namespace(kind)) marked.as_object()["status"] = json::object{{"phase", "Terminating"}};
    if (request.foreground && !before->deleting) add_finalizer(marked, kForegroundDeletion);
    bool due = deletion_due(marked);
    if (request.dry_run) {
        co_return Written{200, due ? shared_text(deleted_status(kind, key.name, before->uid)) : shared_text(marked)};
    }
    if (due) {
        auto removed = co_await store_.remove(kind, before);
        if (!removed) co_return fail(removed.error());
        co_return Written{200, shared_text(deleted_status(kind, key.name, before->uid))};
    }
    if (marked == old) co_return Written{200, before->text};
    auto stored = co_await store_.put(kind, std::move(marked));
    if (!stored) co_return fail(stored.error());
    co_return Written{200, (*stored)->text};
}

/// Takes the owner with this uid out of its dependents, so that they outlive it. An owner with a dependent that could
/// not be released must not be deleted: the dependent would be collected.
Task<Outcome<void>> ObjectWriter::release_dependents(std::string uid) {
    for (const auto& [kind, key] : store_.owned_by(uid)) {
        auto before = store_.tip(*kind, key);
        if (!before) continue;
        auto object = before->parse();
        auto* owners = object.at("metadata").as_object().if_contains("ownerReferences");
        if (!owners || !owners->is_array()) continue;
        json::array others;
        for (const auto& owner : owners->get_array()) {
            if (json_string(owner, {"uid"}) != uid) others.push_back(owner);
        }
        *owners = std::move(others);
        auto stored = co_await store_.put(*kind, std::move(object));
        if (!stored) co_return fail(stored.error());
    }
    co_return Outcome<void>();
}

}  // namespace wasmbed::apiserver
