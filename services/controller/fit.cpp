#include "services/controller/fit.hpp"

#include <algorithm>

#include "core/hostapi/permissions.hpp"
#include "services/controller/rollout_counts.hpp"

namespace wasmbed::controller {
namespace {

constexpr int kExamplesMax = 3;

bool came_earlier(const fleet::Application& one, const fleet::Application& other) {
    return std::tie(one.meta.created, one.meta.name) < std::tie(other.meta.created, other.meta.name);
}

bool is_exclusive(const std::string& text) {
    auto permission = hostapi::parse_permission(text);
    if (!permission || permission->wildcard) return false;
    return permission->kind == hostapi::PermissionKind::Led ||
           (permission->kind == hostapi::PermissionKind::Gpio && permission->subject.ends_with(":out"));
}

}  // namespace

FitReport fit(const AppNeeds& needs, const std::vector<const fleet::Device*>& devices) {
    FitReport report;
    for (const fleet::Device* device : devices) {
        if (!device->capacity) {
            ++report.unknown;
            report.takers.push_back(device);
            continue;
        }
        auto lacking = fleet::lacking(needs, *device->capacity);
        if (!lacking) {
            ++report.fitting;
            report.takers.push_back(device);
        } else if (++report.misfits <= kExamplesMax) {
            report.examples +=
                (report.examples.empty() ? "" : "; ") + device->meta.name + " (" + device->board + ") " + *lacking;
        }
    }
    if (report.misfits > kExamplesMax) {
        report.examples += "; and " + std::to_string(report.misfits - kExamplesMax) + " more";
    }
    return report;
}

std::optional<SpecProblem> fit_problem(const FitReport& report) {
    if (report.misfits == 0 || report.fitting > 0 || report.unknown > 0) return std::nullopt;
    return SpecProblem{"DoesNotFit", "fits none of its devices: " + report.examples};
}

std::optional<SpecProblem> pin_problem(const fleet::Application& app, const std::vector<fleet::Application>& others,
                                       const std::vector<const fleet::Device*>& devices) {
    for (const std::string& permission : app.permissions) {
        if (!is_exclusive(permission)) continue;
        for (const fleet::Application& other : others) {
            bool rival = other.meta.uid != app.meta.uid && !other.meta.deleting && came_earlier(other, app) &&
                         std::ranges::find(other.permissions, permission) != other.permissions.end();
            if (!rival) continue;
            std::vector<const fleet::Device*> both = devices_of(other, devices_of(app, devices));
            if (both.empty()) continue;
            return SpecProblem{"PinConflict", permission + " belongs to Application " + other.meta.name +
                                                  ", which came earlier, on " + std::to_string(both.size()) +
                                                  " devices of both, for example " + both.front()->meta.name};
        }
    }
    return std::nullopt;
}

}  // namespace wasmbed::controller
