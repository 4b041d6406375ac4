#include "services/controller/fleet_index.hpp"

#include "host/pki/encoding.hpp"

namespace wasmbed::controller {

FleetIndex::FleetIndex(kube::Informer& devices, kube::Informer& applications, kube::Informer& revisions,
                       const ManifestSigner& signer) {
    applications.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        if (after) {
            applications_.insert_or_assign(key, fleet::application_from_json(*after));
        } else {
            applications_.erase(key);
        }
    });
    devices.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        if (after) {
            devices_.insert_or_assign(key, fleet::device_from_json(*after));
        } else {
            devices_.erase(key);
        }
    });
    revisions.on_change(
        [this, &signer](const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
            if (before) revisions_.erase({fleet::revision_from_json(*before).application_uid, key});
            if (!after) return;
            fleet::ApplicationRevision revision = fleet::revision_from_json(*after);
            revisions_.insert_or_assign({revision.application_uid, key}, facts_of(revision, signer));
        });
}

const fleet::Device* FleetIndex::device(const kube::ObjectKey& key) const {
    auto found = devices_.find(key);
    return found == devices_.end() ? nullptr : &found->second;
}

std::vector<const fleet::Device*> FleetIndex::devices_in(const std::string& ns) const {
    std::vector<const fleet::Device*> out;
    for (auto at = devices_.lower_bound({ns, ""}); at != devices_.end() && at->first.ns == ns; ++at) {
        out.push_back(&at->second);
    }
    return out;
}

std::vector<fleet::Application> FleetIndex::applications_in(const std::string& ns) const {
    std::vector<fleet::Application> out;
    auto at = applications_.lower_bound({ns, ""});
    for (; at != applications_.end() && at->first.ns == ns; ++at) out.push_back(at->second);
    return out;
}

std::vector<RevisionFacts> FleetIndex::revisions_of(const std::string& application_uid) const {
    std::vector<RevisionFacts> out;
    auto at = revisions_.lower_bound({application_uid, {}});
    for (; at != revisions_.end() && at->first.first == application_uid; ++at) out.push_back(at->second);
    return out;
}

RevisionFacts FleetIndex::facts_of(const fleet::ApplicationRevision& revision, const ManifestSigner& signer) {
    RevisionFacts facts{revision.meta.name, revision.sequence, std::nullopt};
    if (auto cose = pki::from_base64(revision.manifest)) facts.payload = signer.verified_payload(*cose);
    return facts;
}

}  // namespace wasmbed::controller
