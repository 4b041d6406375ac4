// What the gateway knows from the API server: devices by uid, what each should run, and the bytes of manifests and
// modules.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/bytes.hpp"
#include "host/base/task_group.hpp"
#include "host/fleet/device.hpp"
#include "host/fleet/plan.hpp"
#include "host/kube/informer.hpp"

namespace wasmbed::gateway {

/// A blob that devices may fetch. Shared: several sessions serve the same bytes at once.
using BlobPtr = std::shared_ptr<const std::vector<std::uint8_t>>;

/// A planned app with what its revision says.
struct PlannedBlobs {
    fleet::PlannedApp app;
    std::string revision_key;  ///< name of the ApplicationRevision
    std::string module_sha256;
};

struct DeviceWorkload {
    std::vector<PlannedBlobs> apps;  ///< by uid
    /// Some revision has not arrived yet: apps that are not listed must not be taken away because of that.
    bool incomplete = false;
};

/// Informers and what is derived from them. One event loop's; look-ups never wait.
class FleetView {
  public:
    explicit FleetView(kube::Client& client);

    /// Called with a Device's uid when it changed or went, and with the version that was known before; null: none was.
    using DeviceChanged = std::function<void(const std::string& uid, const kube::ObjectPtr& before)>;
    void on_device(DeviceChanged callback) { device_changed_ = std::move(callback); }
    /// Called with a namespace when what its devices should run may have changed.
    void on_workload(std::function<void(const std::string& ns)> callback) { workload_changed_ = std::move(callback); }
    void on_device_removed(std::function<void(const std::string& uid)> callback) { removed_ = std::move(callback); }

    void start(TaskGroup& tasks);
    Task<> wait_synced();

    /// Null when there is none.
    kube::ObjectPtr device(const std::string& uid) const;
    kube::ObjectPtr device(const kube::ObjectKey& key) const { return devices_.get(key); }
    std::vector<kube::ObjectPtr> devices() const { return devices_.list(); }

    DeviceWorkload workload(const fleet::Device& device) const;

    /// Name of an Application, or empty.
    std::string application_name(const std::string& uid) const;
    /// Whether an Application with this uid is there and not being deleted.
    bool application_lives(const std::string& uid) const;

    /// The manifest or module of a revision, or null when the object is gone or its text is no base64.
    BlobPtr manifest(const std::string& ns, const std::string& revision);
    BlobPtr module(const std::string& ns, const std::string& revision);

    /// Wakes waiters whenever a Device changed.
    Notifier& device_notifier() { return device_notifier_; }

  private:
    /// Decoded modules are kept for the sessions that fetch them now, not for ever.
    static constexpr std::size_t kBlobCacheBytes = 16 * 1024 * 1024;

    struct Workloads {
        std::map<std::string, fleet::Application> applications;       ///< by name
        std::map<std::string, fleet::ApplicationRevision> revisions;  ///< by name
        mutable std::vector<fleet::Application> application_list;     ///< the same in a row, made when needed
        mutable std::vector<fleet::ApplicationRevision> revision_list;
        mutable bool stale = true;
    };

    void follow_devices();
    void follow_applications();
    void follow_revisions();
    BlobPtr decoded(const std::string& ns, const std::string& revision, bool module);

    IoContext& io_;
    kube::Informer devices_;
    kube::Informer applications_;
    kube::Informer revisions_;
    std::unordered_map<std::string, kube::ObjectKey> device_by_uid_;
    std::unordered_map<std::string, kube::ObjectKey> application_by_uid_;
    std::map<std::string, Workloads> workloads_;        ///< by namespace
    std::list<std::pair<std::string, BlobPtr>> blobs_;  ///< newest first
    std::size_t blob_bytes_ = 0;
    DeviceChanged device_changed_;
    std::function<void(const std::string&)> workload_changed_, removed_;
    Notifier device_notifier_;
};

}  // namespace wasmbed::gateway
