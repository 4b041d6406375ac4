// Fleets of random behaviour: whatever devices do, a rollout keeps its bounds and comes to an end.
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "services/controller/testing/rollout_fleet.hpp"

namespace wasmbed::controller {
namespace {

using fleet::RolloutState;
using testing::by_count;
using testing::by_label;
using testing::by_percent;
using testing::RolloutFleet;

struct Simulation {
    explicit Simulation(unsigned seed) : random(seed), fleet(1 + int(random() % 200)) {
        std::vector<fleet::RolloutBatch> batches;
        for (unsigned left = random() % 5; left > 0; --left) {
            unsigned kind = random() % 3;
            batches.push_back(kind == 0   ? by_count(1 + random() % 150)
                              : kind == 1 ? by_percent(1 + random() % 99)
                                          : by_label("ring", std::to_string(random() % 2)));
        }
        fleet.batches(std::move(batches));
        if (random() % 2 == 0) fleet.policy().max_unavailable = 1 + random() % 20;
        // Both rings have a device, so that no selector waits for ever.
        for (std::size_t i = 0; i < fleet.devices.size(); ++i) {
            fleet.devices[i].meta.labels["ring"] = std::to_string(i % 2);
        }
        if (fleet.devices.size() == 1) fleet.batches({by_count(1)});
    }

    std::set<std::string> moved() const {
        std::set<std::string> out;
        for (const fleet::Device& device : fleet.devices) {
            if (fleet.planned(device) == "a-2") out.insert(device.meta.uid);
        }
        return out;
    }
    std::int64_t unavailable() const {
        return std::ranges::count_if(fleet.devices, [&](const fleet::Device& device) {
            bool runs = device.applications[0].revision == "a-2" && device.applications[0].runs_or_completed();
            return fleet.planned(device) == "a-2" && !runs;
        });
    }

    std::mt19937 random;
    RolloutFleet fleet;
};

TEST(RolloutSimulation, healthy_fleet_converges_within_its_bounds) {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        Simulation s(seed);
        std::set<std::string> before;
        int passes = 0;
        while (s.fleet.app.rollout.state != RolloutState::Complete || s.fleet.app.rollout.stable != "a-2") {
            ASSERT_LT(++passes, 5000) << "seed " << seed << ": " << s.fleet.app.rollout.message;
            s.fleet.decide();
            std::set<std::string> now = s.moved();
            ASSERT_TRUE(std::ranges::includes(now, before)) << "seed " << seed << ": a device moved back";
            ASSERT_LE(std::ssize(now), std::max(s.fleet.app.rollout.moving, std::ssize(before))) << "seed " << seed;
            ASSERT_EQ(std::ssize(now), s.fleet.app.rollout.moved) << "seed " << seed;
            if (s.fleet.policy().max_unavailable) {
                ASSERT_LE(s.unavailable(), *s.fleet.policy().max_unavailable) << "seed " << seed;
            }
            before = std::move(now);
            // Each device takes its time; some fetch while others run.
            for (fleet::Device& device : s.fleet.devices) {
                if (s.random() % 3 == 0) RolloutFleet::report(device, s.fleet.planned(device), "Running");
            }
        }
        ASSERT_EQ(before.size(), s.fleet.devices.size()) << "seed " << seed;
    }
}

TEST(RolloutSimulation, bad_revision_never_passes_its_first_step) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        Simulation s(seed);
        std::size_t most = 0;
        for (int pass = 0; pass < 200 && s.fleet.app.rollout.state != RolloutState::RolledBack; ++pass) {
            s.fleet.decide();
            if (pass == 0) most = std::size_t(s.fleet.app.rollout.moving);
            ASSERT_LE(s.moved().size(), most) << "seed " << seed;
            for (fleet::Device& device : s.fleet.devices) {
                if (s.random() % 3 != 0) continue;
                std::string revision = s.fleet.planned(device);
                RolloutFleet::report(device, revision, revision == "a-2" ? "Failed" : "Running");
            }
        }
        ASSERT_EQ(s.fleet.app.rollout.state, RolloutState::RolledBack) << "seed " << seed;
        ASSERT_TRUE(s.moved().empty()) << "seed " << seed;
        // The rollback is there from now on: everybody ends on what the stable revision says.
        s.fleet.app.rollout.rollback = "a-1r";
        for (fleet::Device& device : s.fleet.devices) {
            RolloutFleet::report(device, s.fleet.planned(device), "Running");
            std::string revision = s.fleet.planned(device);
            ASSERT_EQ(revision, device.applications[0].revision) << "seed " << seed << ": it goes to and fro";
            ASSERT_TRUE(revision == "a-1" || revision == "a-1r");
        }
    }
}

TEST(RolloutSimulation, ten_thousand_devices_take_one_decision_per_step) {
    RolloutFleet fleet(10'000);
    std::vector<fleet::RolloutBatch> batches;
    for (int percent = 10; percent <= 100; percent += 10) batches.push_back(by_percent(percent));
    fleet.batches(std::move(batches));
    int changes = 0;
    for (int pass = 0; pass < 20; ++pass) {
        fleet::Rollout before = fleet.app.rollout;
        fleet.step(testing::all_run);
        changes += before.threshold != fleet.app.rollout.threshold || before.complete != fleet.app.rollout.complete;
    }
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::Complete);
    EXPECT_LE(changes, 11);
}

}  // namespace
}  // namespace wasmbed::controller
