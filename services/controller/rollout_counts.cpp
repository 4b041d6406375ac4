#include "services/controller/rollout_counts.hpp"

namespace wasmbed::controller {
namespace {

void note_failure(RolloutCounts& counts, const fleet::Device& device, const fleet::DeviceApplication& reported) {
    ++counts.failed;
    if (!counts.failed_device.empty()) return;
    counts.failed_device = device.meta.name;
    counts.failed_reason = reported.reason.empty() ? reported.state : reported.reason;
    counts.failed_detail = reported.detail;
    if (reported.exit_code) counts.failed_detail += " (exit code " + std::to_string(*reported.exit_code) + ")";
}

void count_report(RolloutCounts& counts, const fleet::Device& device, const fleet::DeviceApplication& reported,
                  bool is_target) {
    if (reported.state == "Running") ++counts.running;
    if (reported.state == "Completed") ++counts.completed;
    if (reported.runs_or_completed() && is_target) ++counts.ready;
    if (reported.is_failed()) note_failure(counts, device, reported);
}

/// A revision is named in a report only once the device has verified its manifest, but its module may still be on the
/// way.
bool has_installed(const fleet::DeviceApplication& reported) {
    return reported.state != "Pending" && reported.state != "Fetching" && reported.state != "Installing";
}

}  // namespace

RolloutCounts count_rollout(const fleet::Application& app, const std::string& target_revision,
                            const std::vector<const fleet::Device*>& devices) {
    RolloutCounts counts;
    for (const fleet::Device* device : devices) {
        if (device->meta.deleting || device->approval == fleet::Approval::Rejected) continue;
        if (!app.target.matches(device->meta)) continue;
        ++counts.desired;
        const fleet::DeviceApplication* reported = device->application(app.meta.uid);
        bool is_target = reported != nullptr && !target_revision.empty() && reported->revision == target_revision;
        if (is_target && has_installed(*reported)) ++counts.updated;
        if (!device->connected()) {
            ++counts.unknown;
        } else if (reported != nullptr) {
            count_report(counts, *device, *reported, is_target);
        }
    }
    return counts;
}

}  // namespace wasmbed::controller
