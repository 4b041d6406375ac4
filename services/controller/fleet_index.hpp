// The objects of the informers, parsed once per change instead of once per look.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/fleet/application_revision.hpp"
#include "host/fleet/device.hpp"
#include "host/kube/informer.hpp"
#include "services/controller/application_decision.hpp"
#include "services/controller/issuer.hpp"

namespace wasmbed::controller {

/// Follows three informers. Used on the event loop's thread only. The informers and the signer must outlive it.
class FleetIndex {
  public:
    FleetIndex(kube::Informer& devices, kube::Informer& applications, kube::Informer& revisions,
               const ManifestSigner& signer);

    /// Null when it is not there. Valid until the event loop runs on.
    const fleet::Device* device(const kube::ObjectKey& key) const;
    /// Of one namespace, by name. Valid until the event loop runs on.
    std::vector<const fleet::Device*> devices_in(const std::string& ns) const;

    /// Of one namespace, by name.
    std::vector<fleet::Application> applications_in(const std::string& ns) const;

    /// The revisions that belong to the Application with this uid.
    std::vector<RevisionFacts> revisions_of(const std::string& application_uid) const;

    /// What a decision looks at in a revision, its signature checked.
    static RevisionFacts facts_of(const fleet::ApplicationRevision& revision, const ManifestSigner& signer);

  private:
    std::map<kube::ObjectKey, fleet::Device> devices_;
    std::map<kube::ObjectKey, fleet::Application> applications_;
    std::map<std::pair<std::string, kube::ObjectKey>, RevisionFacts> revisions_;  // by owner's uid, then name
};

}  // namespace wasmbed::controller
