#include "services/controller/application_deletion.hpp"

#include <algorithm>

#include "host/fleet/device_phase.hpp"

namespace wasmbed::controller {
namespace {

/// Names in the condition's message.
constexpr std::size_t kNamesMax = 5;

bool has_it(const fleet::Device& device, const fleet::Application& app) {
    bool gone = device.meta.deleting || device.approval == fleet::Approval::Rejected ||
                device.phase == device_phase_name(fleet::DevicePhase::Unreachable);
    return !gone && device.application(app.meta.uid) != nullptr;
}

}  // namespace

DeletionDecision decide_deletion(const fleet::Application& app, const std::vector<const fleet::Device*>& devices,
                                 WallClock::time_point now) {
    std::size_t count = 0;
    std::string names;
    for (const fleet::Device* device : devices) {
        if (!has_it(*device, app)) continue;
        if (++count <= kNamesMax) names += (names.empty() ? "" : ", ") + device->meta.name;
    }
    DeletionDecision decision;
    decision.done = count == 0 || app.meta.force_delete;
    if (decision.done) return decision;
    fleet::Condition condition{"Progressing",
                               fleet::ConditionStatus::True,
                               "Terminating",
                               "waits until " + std::to_string(count) + " devices say that they removed it: " + names +
                                   (count > kNamesMax ? ", ..." : "") + "; the annotation " +
                                   std::string(fleet::kForceDelete) + "=true ends the wait",
                               app.meta.generation,
                               ""};
    std::vector<fleet::Condition> conditions = app.conditions;
    set_condition(conditions, std::move(condition), now);
    decision.status = {{"observedGeneration", app.meta.generation},
                       {"phase", "Terminating"},
                       {"conditions", fleet::conditions_to_json(conditions)}};
    return decision;
}

}  // namespace wasmbed::controller
