// Application: a program and the devices it should run on. Fields as in deploy/crds/applications.yaml.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/fleet/condition.hpp"
#include "host/fleet/device.hpp"
#include "host/fleet/object_meta.hpp"
#include "host/fleet/rollout.hpp"
#include "host/fleet/selector.hpp"

namespace wasmbed::fleet {

/// spec.target. Exactly one of the three counts; `target_problem` says when that is not so.
struct Target {
    bool all = false;
    std::optional<std::vector<std::string>> device_names;
    std::optional<LabelSelector> selector;

    bool matches(const ObjectMeta& device) const;
};

struct AppLimits {
    std::optional<std::int64_t> memory;
    std::optional<std::int64_t> stack;
    std::optional<std::int64_t> fuel_per_second;
    std::optional<std::int64_t> storage;
};

struct AppRestart {
    std::string policy = "Always";
    std::int64_t max_restarts = 0;
    std::int64_t backoff_ms = 1000;
};

/// The module itself (spec.module.inline, up to 171 KiB of base64) is left in the JSON on purpose; read it there.
struct Application {
    ObjectMeta meta;
    // spec
    std::string language = "wasm";
    Target target;
    std::vector<std::string> args;
    std::map<std::string, std::string> env;
    AppLimits limits;
    std::vector<std::string> permissions;
    AppRestart restart;
    bool suspended = false;
    std::optional<RolloutPolicy> rollout_policy;  ///< none: a new revision goes to all devices at once
    // status
    std::string phase;
    std::int64_t observed_generation = 0;
    std::string revision;
    std::int64_t sequence = 0;
    bool has_failures = false;  ///< status.failures is not empty
    std::vector<Condition> conditions;
    Rollout rollout;
};

/// Reads an Application object; tolerant as `device_from_json`. An absent target matches nothing.
Application application_from_json(const json::value& object);

/// Why spec.target is none, or nullopt: exactly one of all, deviceNames, selector must be there and well-formed.
std::optional<std::string> target_problem(const json::value& application);

}  // namespace wasmbed::fleet
