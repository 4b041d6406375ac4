#include "services/gateway/fleet_view.hpp"

#include "host/fleet/application.hpp"
#include "host/fleet/application_revision.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::gateway {
namespace {

std::string uid_of(const kube::ObjectPtr& object) {
    return std::string(json_string(*object, {"metadata", "uid"}));
}

}  // namespace

FleetView::FleetView(kube::Client& client)
    : io_(client.io()),
      devices_(client, kube::kDevices, ""),
      applications_(client, kube::kApplications, ""),
      revisions_(client, kube::kApplicationRevisions, ""),
      device_notifier_(client.io()) {
    follow_devices();
    follow_applications();
    follow_revisions();
}

void FleetView::follow_devices() {
    devices_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
        const std::string old_uid = before ? uid_of(before) : "";
        const std::string uid = after ? uid_of(after) : "";
        if (after) device_by_uid_[uid] = key;
        if (before && old_uid != uid) {
            device_by_uid_.erase(old_uid);
            if (removed_) removed_(old_uid);
            if (device_changed_) device_changed_(old_uid, before);
        }
        if (after && device_changed_) device_changed_(uid, before);
        device_notifier_.notify_all();
    });
}

void FleetView::follow_applications() {
    applications_.on_change(
        [this](const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& after) {
            Workloads& workloads = workloads_[key.ns];
            if (before) application_by_uid_.erase(uid_of(before));
            workloads.applications.erase(key.name);
            if (after) {
                application_by_uid_[uid_of(after)] = key;
                workloads.applications.emplace(key.name, fleet::application_from_json(*after));
            }
            workloads.stale = true;
            if (workload_changed_) workload_changed_(key.ns);
        });
}

void FleetView::follow_revisions() {
    revisions_.on_change([this](const kube::ObjectKey& key, const kube::ObjectPtr&, const kube::ObjectPtr& after) {
        Workloads& workloads = workloads_[key.ns];
        workloads.revisions.erase(key.name);
        if (after) workloads.revisions.emplace(key.name, fleet::revision_from_json(*after));
        workloads.stale = true;
        if (workload_changed_) workload_changed_(key.ns);
    });
}

void FleetView::start(TaskGroup& tasks) {
    tasks.spawn("informer devices", devices_.run());
    tasks.spawn("informer applications", applications_.run());
    tasks.spawn("informer revisions", revisions_.run());
}

Task<> FleetView::wait_synced() {
    co_await devices_.wait_synced();
    co_await applications_.wait_synced();
    co_await revisions_.wait_synced();
}

kube::ObjectPtr FleetView::device(const std::string& uid) const {
    const auto key = device_by_uid_.find(uid);
    return key == device_by_uid_.end() ? nullptr : devices_.get(key->second);
}

DeviceWorkload FleetView::workload(const fleet::Device& device) const {
    const auto found = workloads_.find(device.meta.ns);
    if (found == workloads_.end()) return {};
    const Workloads& workloads = found->second;
    if (workloads.stale) {
        workloads.application_list.clear();
        for (const auto& [_, app] : workloads.applications) workloads.application_list.push_back(app);
        workloads.revision_list.clear();
        for (const auto& [_, revision] : workloads.revisions) workloads.revision_list.push_back(revision);
        workloads.stale = false;
    }
    const fleet::DevicePlan plan = fleet::plan(device, workloads.application_list, workloads.revision_list);
    DeviceWorkload result{.apps = {}, .incomplete = !plan.missing_revisions.empty()};
    for (const fleet::PlannedApp& app : plan.apps) {
        const auto revision = workloads.revisions.find(app.revision);
        result.apps.push_back({app, app.revision, revision->second.module_sha256});
    }
    return result;
}

std::string FleetView::application_name(const std::string& uid) const {
    const auto key = application_by_uid_.find(uid);
    return key == application_by_uid_.end() ? "" : key->second.name;
}

bool FleetView::application_lives(const std::string& uid) const {
    const auto key = application_by_uid_.find(uid);
    if (key == application_by_uid_.end()) return false;
    const kube::ObjectPtr object = applications_.get(key->second);
    return object && json_string(*object, {"metadata", "deletionTimestamp"}).empty();
}

BlobPtr FleetView::manifest(const std::string& ns, const std::string& revision) {
    return decoded(ns, revision, false);
}
BlobPtr FleetView::module(const std::string& ns, const std::string& revision) {
    return decoded(ns, revision, true);
}

BlobPtr FleetView::decoded(const std::string& ns, const std::string& revision, bool module) {
    const kube::ObjectPtr object = revisions_.get(ns, revision);
    if (!object) return nullptr;
    const std::string key = uid_of(object) + (module ? "/module" : "/manifest");
    for (auto entry = blobs_.begin(); entry != blobs_.end(); ++entry) {
        if (entry->first != key) continue;
        blobs_.splice(blobs_.begin(), blobs_, entry);
        return entry->second;
    }
    const std::string_view text =
        module ? json_string(*object, {"spec", "module", "inline"}) : json_string(*object, {"spec", "manifest"});
    auto bytes = pki::from_base64(text);
    if (!bytes || bytes->empty()) return nullptr;
    auto blob = std::make_shared<const std::vector<std::uint8_t>>(std::move(*bytes));
    blobs_.emplace_front(key, blob);
    blob_bytes_ += blob->size();
    while (blob_bytes_ > kBlobCacheBytes && blobs_.size() > 1) {
        blob_bytes_ -= blobs_.back().second->size();
        blobs_.pop_back();
    }
    return blob;
}

}  // namespace wasmbed::gateway
