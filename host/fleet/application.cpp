#include "host/fleet/application.hpp"

#include <algorithm>

namespace wasmbed::fleet {
namespace {

std::vector<std::string> strings_at(const json::value& root, std::initializer_list<std::string_view> path) {
    std::vector<std::string> out;
    if (const json::array* array = json_array(root, path)) {
        for (const json::value& item : *array) {
            if (item.is_string()) out.emplace_back(item.get_string());
        }
    }
    return out;
}

std::optional<std::int64_t> optional_int(const json::value& root, std::initializer_list<std::string_view> path) {
    if (json_find(root, path) == nullptr) return std::nullopt;
    return json_int(root, path);
}

Target target_from(const json::value& object) {
    Target target;
    target.all = json_bool(object, {"spec", "target", "all"});
    if (json_array(object, {"spec", "target", "deviceNames"}) != nullptr) {
        target.device_names = strings_at(object, {"spec", "target", "deviceNames"});
    }
    const json::value* selector = json_find(object, {"spec", "target", "selector"});
    if (selector != nullptr && selector->is_object()) target.selector = selector_from_json(*selector);
    return target;
}

void read_what_runs(const json::value& object, Application& app) {
    app.language = json_string(object, {"spec", "language"}, "wasm");
    app.args = strings_at(object, {"spec", "config", "args"});
    if (const json::object* env = json_object(object, {"spec", "config", "env"})) {
        for (const auto& [key, value] : *env) {
            if (value.is_string()) app.env.emplace(key, value.get_string().c_str());
        }
    }
    app.limits.memory = optional_int(object, {"spec", "limits", "memory"});
    app.limits.stack = optional_int(object, {"spec", "limits", "stack"});
    app.limits.fuel_per_second = optional_int(object, {"spec", "limits", "fuelPerSecond"});
    app.limits.storage = optional_int(object, {"spec", "limits", "storage"});
    app.permissions = strings_at(object, {"spec", "permissions"});
    app.restart.policy = json_string(object, {"spec", "restart", "policy"}, "Always");
    app.restart.max_restarts = json_int(object, {"spec", "restart", "maxRestarts"}, 0);
    app.restart.backoff_ms = json_int(object, {"spec", "restart", "backoffMs"}, 1000);
}

}  // namespace

bool Target::matches(const ObjectMeta& device) const {
    if (all) return true;
    if (device_names) return std::ranges::find(*device_names, device.name) != device_names->end();
    return selector && selector->matches(device.labels);
}

Application application_from_json(const json::value& object) {
    Application app;
    app.meta = meta_from_json(object);
    read_what_runs(object, app);
    app.target = target_from(object);
    app.suspended = json_bool(object, {"spec", "suspended"});
    app.rollout_policy = rollout_policy_from_json(object);
    app.phase = json_string(object, {"status", "phase"});
    app.observed_generation = json_int(object, {"status", "observedGeneration"});
    app.revision = json_string(object, {"status", "revision"});
    app.sequence = json_int(object, {"status", "sequence"});
    const json::array* failures = json_array(object, {"status", "failures"});
    app.has_failures = failures != nullptr && !failures->empty();
    app.conditions = conditions_from_json(object);
    app.rollout = rollout_from_json(object);
    return app;
}

std::optional<std::string> target_problem(const json::value& application) {
    const json::object* target = json_object(application, {"spec", "target"});
    int given = 0;
    for (const char* name : {"all", "deviceNames", "selector"}) {
        if (target != nullptr && target->contains(name)) ++given;
    }
    if (given != 1) {
        return "target must name its devices by exactly one of all, deviceNames, selector; it has " +
               std::to_string(given);
    }
    if (target->contains("all") && !json_bool(application, {"spec", "target", "all"})) {
        return "target.all can only be true; to stop an Application, set suspended";
    }
    if (!target->contains("selector")) return std::nullopt;
    auto problem = check_selector(target->at("selector"));
    return problem ? std::optional("target." + *problem) : std::nullopt;
}

}  // namespace wasmbed::fleet
