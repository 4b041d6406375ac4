// Devices that do what plan() says, for tests of rollouts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/controller/rollout_counts.hpp"
#include "services/controller/rollout_decision.hpp"
#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller::testing {

/// An Application, its devices, and the rollout from pass to pass.
class RolloutFleet {
  public:
    explicit RolloutFleet(int devices) {
        app.meta.name = "a";
        app.meta.uid = "app-uid";
        app.target.all = true;
        app.rollout_policy.emplace();
        app.rollout = {.stable = "a-1", .target = "a-1", .complete = true, .state = fleet::RolloutState::Complete};
        for (int i = 0; i < devices; ++i) {
            this->devices.push_back(make_device("d" + std::to_string(i)));
            connect(this->devices.back());
            report(this->devices.back(), "a-1", "Running");
        }
    }

    /// One pass of the controller.
    RolloutDecision decide(const std::string& target = "a-2") {
        std::vector<const fleet::Device*> pointers;
        for (const fleet::Device& device : devices) pointers.push_back(&device);
        RolloutDecision decision = decide_rollout({app, target, std::move(pointers)}, now);
        app.rollout = decision.rollout;
        return decision;
    }

    /// What the device does with what it gets: a state, or empty while it is on its way.
    using Behaviour = std::function<std::string(const fleet::Device&, const std::string& revision)>;

    /// One pass, then every device takes its revision and reports.
    RolloutDecision step(const Behaviour& behaviour, const std::string& target = "a-2") {
        RolloutDecision decision = decide(target);
        for (fleet::Device& device : devices) {
            std::string revision = planned(device);
            std::string state = behaviour(device, revision);
            if (!state.empty() && device.connected()) report(device, revision, state);
        }
        return decision;
    }

    std::string planned(const fleet::Device& device) const { return revision_for(app.rollout, app.meta.uid, device); }
    int planned_to(const std::string& revision) const {
        return static_cast<int>(std::ranges::count_if(devices, [&](const auto& d) { return planned(d) == revision; }));
    }
    static void report(fleet::Device& device, const std::string& revision, const std::string& state) {
        fleet::DeviceApplication reported;
        reported.uid = "app-uid";
        reported.revision = revision;
        reported.state = state;
        if (state == "Failed") reported.reason = "Trap";
        device.applications = {reported};
    }

    fleet::RolloutPolicy& policy() { return *app.rollout_policy; }
    void batches(std::vector<fleet::RolloutBatch> list) { policy().batches = std::move(list); }

    fleet::Application app;
    std::vector<fleet::Device> devices;
    WallClock::time_point now = kNow;
};

inline fleet::RolloutBatch by_count(std::int64_t count) {
    return {.count = count, .percent = 0, .selector = {}};
}
inline fleet::RolloutBatch by_percent(std::int64_t percent) {
    return {.count = 0, .percent = percent, .selector = {}};
}
inline fleet::RolloutBatch by_label(const std::string& key, const std::string& value) {
    return {.count = 0, .percent = 0, .selector = fleet::LabelSelector{{{key, value}}, {}}};
}

inline std::string all_run(const fleet::Device&, const std::string&) {
    return "Running";
}

}  // namespace wasmbed::controller::testing
