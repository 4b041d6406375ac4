#include "services/controller/application_reconciler.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "host/pki/encoding.hpp"
#include "host/pki/openssl_crypto.hpp"
#include "services/controller/application_deletion.hpp"
#include "services/controller/finalizer.hpp"
#include "services/controller/status_patch.hpp"

namespace wasmbed::controller {

json::value make_revision(const fleet::Application& app, const NewRevision& revision, Bytes cose,
                          const fleet::ModuleFacts& module, std::string_view inline_module) {
    return {
        {"apiVersion", "wasmbed.io/v1alpha1"},
        {"kind", "ApplicationRevision"},
        {"metadata",
         {{"name", revision.name},
          {"namespace", app.meta.ns},
          {"labels", {{"wasmbed.io/application", app.meta.name}}},
          {"ownerReferences", json::array{fleet::owner_reference("wasmbed.io/v1alpha1", "Application", app.meta)}}}},
        {"spec",
         {{"application", {{"name", app.meta.name}, {"uid", app.meta.uid}}},
          {"sequence", revision.sequence},
          {"manifest", pki::to_base64(cose)},
          {"manifestSha256", pki::sha256_hex(cose)},
          {"module", {{"sha256", pki::to_hex(module.sha256)}, {"size", module.bytes}, {"inline", inline_module}}},
          {"needs", revision.needs.to_json()}}}};
}

const Result<fleet::ModuleFacts, SpecProblem>& ApplicationReconciler::check(const kube::ObjectKey& key,
                                                                            const json::value& object,
                                                                            const fleet::Application& app) {
    auto found = checked_.find(key);
    bool fresh =
        found != checked_.end() && found->second.uid == app.meta.uid && found->second.generation == app.meta.generation;
    if (!fresh) {
        CheckedSpec checked{app.meta.uid, app.meta.generation, check_application(object, app)};
        found = checked_.insert_or_assign(key, std::move(checked)).first;
    }
    return found->second.result;
}

Task<kube::ReconcileResult> ApplicationReconciler::reconcile(kube::ObjectKey key) {
    kube::ObjectPtr object = parts_.applications.get(key);
    if (!object) {
        checked_.erase(key);
        pace_.forget(key);
        co_return kube::ReconcileResult::done();
    }
    fleet::Application app = fleet::application_from_json(*object);
    if (app.meta.deleting) co_return co_await reconcile_deleted(object, std::move(app));
    if (!app.meta.has_finalizer(kApplicationFinalizer)) {
        auto added = co_await add_finalizer(parts_.client, kube::kApplications, app.meta, kApplicationFinalizer);
        if (!added) co_return kube::ReconcileResult::retry(added.error());
        // The object changes by that, and its change brings the key back.
        co_return kube::ReconcileResult::done();
    }

    std::vector<RevisionFacts> revisions = parts_.index.revisions_of(app.meta.uid);
    auto found = co_await add_revision_in_status(app, &revisions);
    if (!found) co_return kube::ReconcileResult::retry(found.error());

    ApplicationObserved observed{app, check(key, *object, app), std::move(revisions), parts_.index.devices_in(key.ns),
                                 parts_.index.applications_in(key.ns)};
    ApplicationDecision decision = decide_application(observed, WallClock::now());
    bool has_changes = status_patch(*object, decision.status).has_value();
    if (has_changes && !decision.urgent) {
        if (auto wait = pace_.wait(key, SteadyClock::now())) co_return kube::ReconcileResult::again_after(*wait);
    }
    fleet::ModuleFacts module = observed.checked.value_or(fleet::ModuleFacts{});
    auto look_again = decision.look_again;
    auto applied = co_await apply(object, std::move(app), std::move(decision), module);
    if (!applied) co_return kube::ReconcileResult::retry(applied.error());
    if (look_again) co_return kube::ReconcileResult::again_at(*look_again);
    co_return kube::ReconcileResult::done();
}

Task<kube::ReconcileResult> ApplicationReconciler::reconcile_deleted(kube::ObjectPtr object, fleet::Application app) {
    if (!app.meta.has_finalizer(kApplicationFinalizer)) co_return kube::ReconcileResult::done();
    DeletionDecision decision = decide_deletion(app, parts_.index.devices_in(app.meta.ns), WallClock::now());
    if (decision.done) {
        auto removed = co_await remove_finalizer(parts_.client, kube::kApplications, app.meta, kApplicationFinalizer);
        if (!removed) co_return kube::ReconcileResult::retry(removed.error());
    } else if (auto patch = status_patch(*object, decision.status)) {
        auto written =
            co_await parts_.client.patch_status(kube::kApplications, app.meta.ns, app.meta.name, std::move(*patch));
        if (!written && !written.error().not_found()) co_return kube::ReconcileResult::retry(written.error());
    }
    co_return kube::ReconcileResult::done();
}

/// Applications and revisions come over two watches: status may name a revision that the cache has not seen yet. Taking
/// it for deleted would make one more revision, so the server is asked.
Task<kube::ApiResult<void>> ApplicationReconciler::add_revision_in_status(fleet::Application app,
                                                                          std::vector<RevisionFacts>* revisions) const {
    bool cached = std::ranges::find(*revisions, app.revision, &RevisionFacts::name) != revisions->end();
    if (cached || app.revision.empty()) co_return kube::ApiResult<void>();
    auto object = co_await parts_.client.get(kube::kApplicationRevisions, app.meta.ns, app.revision);
    if (!object && object.error().not_found()) co_return kube::ApiResult<void>();
    if (!object) co_return fail(object.error());
    fleet::ApplicationRevision revision = fleet::revision_from_json(*object);
    if (revision.application_uid == app.meta.uid) revisions->push_back(FleetIndex::facts_of(revision, parts_.signer));
    co_return kube::ApiResult<void>();
}

Task<kube::ApiResult<void>> ApplicationReconciler::apply(kube::ObjectPtr object, fleet::Application app,
                                                         ApplicationDecision decision, fleet::ModuleFacts module) {
    if (decision.create) {
        std::string text(json_string(*object, {"spec", "module", "inline"}));
        auto created = co_await create_revision(app, std::move(*decision.create), module, std::move(text));
        if (!created) co_return fail(created.error());
    }
    if (decision.create_rollback) {
        auto created = co_await create_rollback(app, std::move(*decision.create_rollback));
        if (!created) co_return fail(created.error());
    }
    if (auto patch = status_patch(*object, decision.status)) {
        auto written =
            co_await parts_.client.patch_status(kube::kApplications, app.meta.ns, app.meta.name, std::move(*patch));
        if (!written && written.error().not_found()) co_return kube::ApiResult<void>();
        if (!written) co_return fail(written.error());
    }
    for (const std::string& name : decision.delete_revisions) {
        auto deleted = co_await parts_.client.remove(kube::kApplicationRevisions, app.meta.ns, name);
        if (!deleted && !deleted.error().not_found()) co_return fail(deleted.error());
    }
    for (const EventToRecord& event : decision.events) {
        log_info("application changed", {{"application", app.meta.ns + "/" + app.meta.name}, {"reason", event.reason}});
        co_await parts_.events.record(event_subject(*object), event.warning ? "Warning" : "Normal", event.reason,
                                      event.message);
    }
    co_return kube::ApiResult<void>();
}

/// The module is that of the revision to go back to, which may not be the Application's any more.
Task<kube::ApiResult<void>> ApplicationReconciler::create_rollback(fleet::Application app, NewRevision revision) {
    auto source = co_await parts_.client.get(kube::kApplicationRevisions, app.meta.ns, revision.module_of);
    if (!source) co_return fail(source.error());
    auto digest = pki::from_hex(json_string(*source, {"spec", "module", "sha256"}));
    fleet::ModuleFacts module;
    if (!digest || digest->size() != module.sha256.size()) {
        co_return fail(kube::ApiError{0, "InvalidRevision", revision.module_of + " has no digest of its module"});
    }
    std::ranges::copy(*digest, module.sha256.begin());
    module.bytes = static_cast<std::uint64_t>(json_int(*source, {"spec", "module", "size"}));
    revision.needs = fleet::needs_from_json(*source);
    std::string text(json_string(*source, {"spec", "module", "inline"}));
    co_return co_await create_revision(std::move(app), std::move(revision), module, std::move(text));
}

Task<kube::ApiResult<void>> ApplicationReconciler::create_revision(fleet::Application app, NewRevision revision,
                                                                   fleet::ModuleFacts module,
                                                                   std::string inline_module) {
    auto cose = parts_.signer.sign(revision.payload);
    if (!cose) co_return fail(kube::ApiError{0, "SigningFailed", cose.error()});
    json::value body = make_revision(app, revision, *cose, module, inline_module);
    auto created = co_await parts_.client.create(kube::kApplicationRevisions, app.meta.ns, std::move(body));
    // The name says content and sequence, so one that is there already is this one, made by an earlier pass.
    if (!created && !created.error().already_exists()) co_return fail(created.error());
    co_return kube::ApiResult<void>();
}

}  // namespace wasmbed::controller
