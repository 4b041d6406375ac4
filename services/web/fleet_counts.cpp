#include "services/web/fleet_counts.hpp"

namespace wasmbed::web {
namespace {

struct Counts {
    std::map<std::string, int> phases;
    std::map<std::string, int> states;
    std::map<std::string, int> failures;
    std::int64_t restarts = 0;
};

void count_apps(const json::value& device, bool connected, Counts& counts) {
    const auto* apps = json_array(device, {"status", "applications"});
    for (const auto& app : apps ? *apps : json::array()) {
        const std::string state(json_string(app, {"state"}, "Unknown"));
        const std::string reason(json_string(app, {"reason"}));
        ++counts.states[connected ? state : "Unknown"];
        if (!reason.empty()) ++counts.failures[reason];
        counts.restarts += json_int(app, {"restarts"});
    }
}

void add(std::vector<Sample>& samples, const char* name, const char* label, const std::map<std::string, int>& counts) {
    for (const auto& [value, count] : counts) samples.push_back({name, {{label, value}}, double(count)});
}

}  // namespace

std::vector<Sample> count_fleet(const std::vector<kube::ObjectPtr>& devices) {
    Counts counts;
    for (const auto& device : devices) {
        const std::string phase(json_string(*device, {"status", "phase"}, "Pending"));
        ++counts.phases[phase];
        count_apps(*device, phase == "Connected", counts);
    }
    std::vector<Sample> samples;
    add(samples, "wasmbed_fleet_devices", "phase", counts.phases);
    add(samples, "wasmbed_fleet_apps", "state", counts.states);
    add(samples, "wasmbed_fleet_app_failures", "reason", counts.failures);
    samples.push_back({"wasmbed_fleet_app_restarts", {}, double(counts.restarts)});
    return samples;
}

const std::map<std::string, Family>& fleet_families() {
    static const std::map<std::string, Family> kFamilies{
        {"wasmbed_fleet_devices", {"gauge", "Devices, by phase."}},
        {"wasmbed_fleet_apps", {"gauge", "Apps on devices, by the state that was reported last."}},
        {"wasmbed_fleet_app_failures", {"gauge", "Apps on devices whose last report gives a reason, by reason."}},
        {"wasmbed_fleet_app_restarts", {"gauge", "Restarts of the apps that are on devices now, all together."}},
        {"wasmbed_target_up", {"gauge", "Whether the last scrape of a role had an answer."}}};
    return kFamilies;
}

}  // namespace wasmbed::web
