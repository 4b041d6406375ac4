// Makes the world of one Application right: revisions and status.
#pragma once

#include <map>
#include <string>

#include "host/kube/event_recorder.hpp"
#include "host/kube/informer.hpp"
#include "host/kube/reconciler.hpp"
#include "services/controller/application_decision.hpp"
#include "services/controller/fleet_index.hpp"
#include "services/controller/status_pace.hpp"

namespace wasmbed::controller {

/// What the reconciler works with; all of it must outlive it.
struct ApplicationReconcilerParts {
    kube::Client& client;
    const kube::Informer& applications;
    const FleetIndex& index;
    const ManifestSigner& signer;
    kube::EventRecorder& events;
};

class ApplicationReconciler {
  public:
    explicit ApplicationReconciler(ApplicationReconcilerParts parts) : parts_(std::move(parts)) {}

    /// Reads the caches, decides, applies. A conflict means that somebody wrote in between: the key is looked at again.
    Task<kube::ReconcileResult> reconcile(kube::ObjectKey key);

  private:
    /// The result of checking a spec, kept as long as the spec stays: a module may have 128 KiB, and devices report
    /// often.
    struct CheckedSpec {
        std::string uid;
        std::int64_t generation = 0;
        Result<fleet::ModuleFacts, SpecProblem> result;
    };

    const Result<fleet::ModuleFacts, SpecProblem>& check(const kube::ObjectKey& key, const json::value& object,
                                                         const fleet::Application& app);
    Task<kube::ApiResult<void>> add_revision_in_status(fleet::Application app,
                                                       std::vector<RevisionFacts>* revisions) const;
    Task<kube::ApiResult<void>> apply(kube::ObjectPtr object, fleet::Application app, ApplicationDecision decision,
                                      fleet::ModuleFacts module);
    Task<kube::ApiResult<void>> create_revision(fleet::Application app, NewRevision revision, fleet::ModuleFacts module,
                                                std::string inline_module);
    Task<kube::ApiResult<void>> create_rollback(fleet::Application app, NewRevision revision);
    Task<kube::ReconcileResult> reconcile_deleted(kube::ObjectPtr object, fleet::Application app);

    ApplicationReconcilerParts parts_;
    std::map<kube::ObjectKey, CheckedSpec> checked_;
    StatusPace pace_;
};

/// The ApplicationRevision object. `inline_module` is the base64 text of the Application.
json::value make_revision(const fleet::Application& app, const NewRevision& revision, Bytes cose,
                          const fleet::ModuleFacts& module, std::string_view inline_module);

}  // namespace wasmbed::controller
