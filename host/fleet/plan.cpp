#include "host/fleet/plan.hpp"

#include <algorithm>
#include <map>

namespace wasmbed::fleet {
namespace {

using RevisionIndex = std::map<std::pair<std::string_view, std::string_view>, const ApplicationRevision*>;

/// By (application uid, name): a revision of a deleted Application of the same name must not be taken for this one's.
RevisionIndex index_of(std::span<const ApplicationRevision> revisions) {
    RevisionIndex index;
    for (const ApplicationRevision& revision : revisions) {
        index.emplace(std::pair(std::string_view(revision.application_uid), std::string_view(revision.meta.name)),
                      &revision);
    }
    return index;
}

bool applies(const Application& app, const Device& device) {
    return app.meta.ns == device.meta.ns && !app.meta.deleting && !app.rollout.target.empty() &&
           app.target.matches(device.meta);
}

}  // namespace

DevicePlan plan(const Device& device, std::span<const Application> applications,
                std::span<const ApplicationRevision> revisions) {
    DevicePlan out;
    // A device that is being deleted is told to remove its apps.
    if (device.approval == Approval::Rejected || device.meta.deleting) return out;
    RevisionIndex index = index_of(revisions);
    for (const Application& app : applications) {
        if (!applies(app, device)) continue;
        const std::string& name = revision_for(app.rollout, app.meta.uid, device);
        if (name.empty()) continue;  // first rollout, and this device's turn has not come
        auto found = index.find({app.meta.uid, name});
        if (found == index.end()) {
            out.missing_revisions.push_back(name);
            continue;
        }
        if (device.capacity && lacking(found->second->needs, *device.capacity)) continue;
        out.apps.push_back(
            {app.meta.name, app.meta.uid, name, found->second->manifest_sha256, !app.suspended && !device.suspended});
    }
    std::ranges::sort(out.apps, {}, &PlannedApp::uid);
    return out;
}

}  // namespace wasmbed::fleet
