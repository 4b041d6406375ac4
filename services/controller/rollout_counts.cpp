#include "services/controller/rollout_counts.hpp"

#include <algorithm>
#include <tuple>

namespace wasmbed::controller {
namespace {

void note_failure(RolloutCounts& counts, const fleet::Device& device, const fleet::DeviceApplication& reported) {
    ++counts.failed;
    const std::string& reason = reported.reason.empty() ? reported.state : reported.reason;
    auto group = std::ranges::find(counts.failures, reason, &FailureGroup::reason);
    if (group == counts.failures.end()) {
        std::string detail = reported.detail;
        if (reported.exit_code) detail += " (exit code " + std::to_string(*reported.exit_code) + ")";
        counts.failures.push_back({reason, 0, std::move(detail), {}});
        group = std::prev(counts.failures.end());
    }
    ++group->count;
    if (group->devices.size() < kFailureDevicesMax) group->devices.push_back(device.meta.name);
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

std::vector<const fleet::Device*> devices_of(const fleet::Application& app,
                                             const std::vector<const fleet::Device*>& devices) {
    std::vector<const fleet::Device*> out;
    std::ranges::copy_if(devices, std::back_inserter(out), [&](const fleet::Device* device) {
        bool gone = device->meta.deleting || device->approval == fleet::Approval::Rejected;
        return !gone && app.target.matches(device->meta);
    });
    return out;
}

RolloutCounts count_rollout(const fleet::Application& app, const std::string& target_revision,
                            const std::vector<const fleet::Device*>& devices) {
    RolloutCounts counts;
    for (const fleet::Device* device : devices) {
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
    std::ranges::sort(counts.failures, {}, [](const FailureGroup& group) {
        return std::tuple(-group.count, std::string_view(group.reason));
    });
    if (counts.failures.size() > kFailureReasonsMax) counts.failures.resize(kFailureReasonsMax);
    return counts;
}

json::object FailureGroup::to_json() const {
    json::object out{{"reason", reason}, {"count", count}};
    if (!detail.empty()) out["detail"] = detail;
    out["devices"] = json::array(devices.begin(), devices.end());
    return out;
}

}  // namespace wasmbed::controller
