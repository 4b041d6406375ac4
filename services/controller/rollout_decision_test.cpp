#include "services/controller/rollout_decision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/controller/testing/rollout_fleet.hpp"

namespace wasmbed::controller {
namespace {

using fleet::RolloutState;
using testing::all_run;
using testing::by_count;
using testing::by_label;
using testing::by_percent;
using testing::RolloutFleet;

std::vector<std::string> reasons(const RolloutDecision& decision) {
    std::vector<std::string> out;
    for (const EventToRecord& event : decision.events) out.push_back(event.reason);
    return out;
}

/// How many devices have the target after each pass in which all devices do as they are told.
std::vector<int> course(RolloutFleet& fleet) {
    std::vector<int> moved;
    for (int i = 0; i < 40 && fleet.app.rollout.stable != "a-2"; ++i) {
        fleet.step(all_run);
        moved.push_back(fleet.planned_to("a-2"));
    }
    return moved;
}

struct Case {
    const char* name;
    std::vector<fleet::RolloutBatch> batches;
    std::optional<std::int64_t> max_unavailable;
    std::vector<int> moved;
};

TEST(DecideRollout, moves_exactly_as_many_devices_as_each_step_says) {
    const std::vector<Case> cases{
        {"no batches", {}, {}, {10, 10}},
        {"counts", {by_count(1), by_count(4)}, {}, {1, 4, 10, 10}},
        {"percents round up", {by_percent(11), by_percent(50)}, {}, {2, 5, 10, 10}},
        {"a last step of 100 percent is not doubled", {by_count(3), by_percent(100)}, {}, {3, 10, 10}},
        {"steps that are reached already pass", {by_count(5), by_count(2), by_percent(40)}, {}, {5, 10, 10}},
        {"a count above the fleet", {by_count(100)}, {}, {10, 10}},
        {"maxUnavailable within a step", {by_count(5)}, 2, {2, 4, 5, 7, 9, 10}},
    };
    for (const Case& c : cases) {
        RolloutFleet fleet(10);
        fleet.batches(c.batches);
        fleet.policy().max_unavailable = c.max_unavailable;
        EXPECT_EQ(course(fleet), c.moved) << c.name;
        EXPECT_EQ(fleet.app.rollout.state, RolloutState::Complete) << c.name;
    }
}

TEST(DecideRollout, selector_moves_the_devices_with_those_labels_first) {
    RolloutFleet fleet(10);
    for (int i : {2, 7, 8}) fleet.devices[std::size_t(i)].meta.labels["ring"] = "canary";
    fleet.batches({by_label("ring", "canary"), by_count(5)});
    fleet.step(all_run);
    for (const fleet::Device& device : fleet.devices) {
        EXPECT_EQ(fleet.planned(device) == "a-2", device.meta.labels.contains("ring")) << device.meta.name;
    }
    fleet.step(all_run);
    EXPECT_EQ(fleet.planned_to("a-2"), 5) << "those of the first step are among the five";
    EXPECT_EQ(course(fleet).back(), 10);
}

TEST(DecideRollout, selector_that_matches_nobody_waits_instead_of_being_skipped) {
    RolloutFleet fleet(3);
    fleet.batches({by_label("ring", "canary")});
    fleet.step(all_run);
    fleet.step(all_run);
    EXPECT_EQ(fleet.planned_to("a-2"), 0);
    EXPECT_THAT(fleet.app.rollout.message, ::testing::HasSubstr("matches no device"));
    fleet.devices[0].meta.labels["ring"] = "canary";
    fleet.step(all_run);
    EXPECT_EQ(fleet.planned_to("a-2"), 1);
}

TEST(DecideRollout, next_step_waits_for_the_success_threshold) {
    RolloutFleet fleet(20);
    fleet.batches({by_count(10)});
    auto one_is_slow = [&](const fleet::Device& device, const std::string& revision) -> std::string {
        return revision == "a-2" && &device == &fleet.devices[0] ? "" : "Running";
    };
    auto two_are_slow = [&](const fleet::Device& device, const std::string& revision) -> std::string {
        return revision == "a-2" && (device.meta.uid < "d4") ? "" : "Running";
    };
    for (int i = 0; i < 4; ++i) fleet.step(two_are_slow);
    std::int64_t slow = std::ranges::count_if(
        fleet.devices, [&](const auto& d) { return fleet.planned(d) == "a-2" && d.meta.uid < "d4"; });
    ASSERT_GT(slow, 1) << "the hashes of this test";
    EXPECT_EQ(fleet.planned_to("a-2"), 10) << "below 90 percent";
    fleet.step(one_is_slow);
    fleet.step(one_is_slow);
    EXPECT_EQ(fleet.planned_to("a-2"), 20);
}

TEST(DecideRollout, disconnected_devices_are_no_success) {
    RolloutFleet fleet(4);
    fleet.batches({by_count(2)});
    fleet.decide();
    for (fleet::Device& device : fleet.devices) {
        if (fleet.planned(device) == "a-2") testing::disconnect(device, "2026-11-21T08:59:00Z");
    }
    for (int i = 0; i < 3; ++i) fleet.step(all_run);
    EXPECT_EQ(fleet.planned_to("a-2"), 2);
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::Progressing);
}

TEST(DecideRollout, min_ready_seconds_must_pass_without_a_break) {
    RolloutFleet fleet(4);
    fleet.batches({by_count(1)});
    fleet.policy().min_ready_seconds = 60;
    fleet.step(all_run);
    RolloutDecision decision = fleet.step(all_run);
    EXPECT_EQ(decision.look_again, testing::kNow + std::chrono::seconds(60));
    fleet.now += std::chrono::seconds(59);
    fleet.step([](const auto&, const std::string& revision) -> std::string {
        return revision == "a-2" ? "Installing" : "Running";
    });
    fleet.step(all_run);
    fleet.now += std::chrono::seconds(59);
    fleet.step(all_run);
    EXPECT_EQ(fleet.planned_to("a-2"), 1) << "the break began the time anew";
    fleet.now += std::chrono::seconds(60);
    fleet.step(all_run);
    EXPECT_EQ(fleet.planned_to("a-2"), 4);
}

TEST(DecideRollout, pause_moves_no_further_device) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(2)});
    fleet.step(all_run);
    fleet.policy().paused = true;
    EXPECT_THAT(reasons(fleet.step(all_run)), ::testing::ElementsAre("RolloutPaused"));
    EXPECT_THAT(reasons(fleet.step(all_run)), ::testing::IsEmpty());
    EXPECT_EQ(fleet.planned_to("a-2"), 2);
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::Paused);
    fleet.policy().paused = false;
    EXPECT_EQ(course(fleet).back(), 10);
}

TEST(DecideRollout, manual_approval_is_of_one_revision_and_step) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(2), by_count(4)});
    fleet.policy().needs_approval = true;
    fleet.policy().approved = {"a-1", 9};
    fleet.step(all_run);
    EXPECT_THAT(reasons(fleet.step(all_run)), ::testing::ElementsAre("WaitingForApproval"));
    EXPECT_THAT(reasons(fleet.step(all_run)), ::testing::IsEmpty());
    EXPECT_EQ(fleet.planned_to("a-2"), 2) << "the word was for the former revision";
    fleet.policy().approved = {"a-2", 2};
    fleet.step(all_run);
    fleet.step(all_run);
    EXPECT_EQ(fleet.planned_to("a-2"), 4);
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::WaitingForApproval);
    fleet.policy().approved = {"a-2", 3};
    EXPECT_EQ(course(fleet).back(), 10);
}

std::string target_fails(const fleet::Device&, const std::string& revision) {
    return revision == "a-2" ? "Failed" : "Running";
}

TEST(DecideRollout, failing_step_takes_all_devices_back) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(2)});
    fleet.step(target_fails);
    RolloutDecision decision = fleet.step(target_fails);
    EXPECT_THAT(reasons(decision), ::testing::ElementsAre("RolledBack"));
    EXPECT_TRUE(decision.events[0].warning);
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::RolledBack);
    EXPECT_EQ(fleet.planned_to("a-1"), 10);
    EXPECT_TRUE(needs_rollback(fleet.app.rollout));
    EXPECT_THAT(reasons(fleet.step(target_fails)), ::testing::IsEmpty());
    EXPECT_EQ(fleet.planned_to("a-1"), 10) << "it stays so until what runs changes";
    fleet.step(all_run, "a-3");
    EXPECT_EQ(fleet.app.rollout.stable, "a-1");
    EXPECT_EQ(fleet.planned_to("a-3"), 2);
}

TEST(DecideRollout, without_auto_rollback_a_failing_step_stops_where_it_is) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(2)});
    fleet.policy().auto_rollback = false;
    fleet.step(target_fails);
    EXPECT_THAT(reasons(fleet.step(target_fails)), ::testing::ElementsAre("RolloutFailed"));
    EXPECT_THAT(reasons(fleet.step(target_fails)), ::testing::IsEmpty());
    EXPECT_EQ(fleet.planned_to("a-2"), 2);
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::Failed);
    fleet.policy().auto_rollback = true;
    fleet.decide();
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::RolledBack) << "a person changed their mind";
}

TEST(DecideRollout, first_revision_has_nothing_to_go_back_to) {
    RolloutFleet fleet(4);
    fleet.app.rollout = {};
    fleet.batches({by_count(1)});
    fleet.step(target_fails);
    fleet.step(target_fails);
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::Failed);
    EXPECT_EQ(fleet.planned_to(""), 3) << "nobody else gets it";
}

TEST(DecideRollout, failures_that_other_devices_have_too_are_not_the_targets) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(5)});
    auto half_fails = [](const fleet::Device& device, const std::string&) -> std::string {
        return (device.meta.uid[1] - '0') % 2 == 0 ? "Failed" : "Running";
    };
    for (fleet::Device& device : fleet.devices) RolloutFleet::report(device, "a-1", half_fails(device, ""));
    fleet.policy().success_threshold = 60;
    fleet.step(half_fails);
    fleet.step(half_fails);
    EXPECT_NE(fleet.app.rollout.state, RolloutState::RolledBack);
}

TEST(DecideRollout, too_many_restarts_are_a_failure_when_only_failures_restart) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(1)});
    fleet.step(all_run);
    for (fleet::Device& device : fleet.devices) {
        if (fleet.planned(device) == "a-2") device.applications[0].restarts = kRestartsTolerated + 1;
    }
    RolloutFleet patient = fleet;
    patient.decide();
    EXPECT_NE(patient.app.rollout.state, RolloutState::RolledBack);
    fleet.app.restart.policy = "OnFailure";
    fleet.decide();
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::RolledBack);
}

TEST(DecideRollout, running_beyond_the_limit_of_fuel_is_a_failure_unless_the_former_revision_did_too) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(1)});
    fleet.step(all_run);
    RolloutFleet always = fleet;
    for (fleet::Device& device : fleet.devices) {
        if (fleet.planned(device) == "a-2") device.applications[0].reason = "FuelLimit";
    }
    for (fleet::Device& device : always.devices) device.applications[0].reason = "FuelLimit";
    always.decide();
    EXPECT_NE(always.app.rollout.state, RolloutState::RolledBack);
    fleet.decide();
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::RolledBack);
}

TEST(DecideRollout, refused_manifest_is_a_failure_of_the_target) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(1)});
    fleet.step([](const auto&, const std::string& revision) { return revision == "a-2" ? "" : "Running"; });
    for (fleet::Device& device : fleet.devices) {
        if (fleet.planned(device) == "a-2") RolloutFleet::report(device, "", "Refused");
    }
    fleet.decide();
    EXPECT_EQ(fleet.app.rollout.state, RolloutState::RolledBack);
}

TEST(DecideRollout, revision_that_overtakes_another_keeps_the_proven_one_as_stable) {
    RolloutFleet fleet(10);
    fleet.batches({by_count(3)});
    fleet.step(all_run);
    fleet.decide("a-3");
    EXPECT_EQ(fleet.app.rollout.stable, "a-1");
    EXPECT_EQ(fleet.planned_to("a-3"), 3);
    EXPECT_EQ(fleet.planned_to("a-2"), 0);
    EXPECT_TRUE(needs_rollback(fleet.app.rollout));
}

TEST(DecideRollout, without_a_policy_everything_goes_at_once) {
    RolloutFleet fleet(3);
    fleet.app.rollout_policy.reset();
    fleet.decide();
    EXPECT_TRUE(fleet.app.rollout.complete);
    EXPECT_EQ(fleet.planned_to("a-2"), 3);
    fleet.app.rollout_policy.emplace().batches = {by_count(1)};
    fleet.decide("a-3");
    EXPECT_EQ(fleet.app.rollout.stable, "a-2") << "all devices were to have it";
    EXPECT_EQ(fleet.planned_to("a-3"), 1);
}

TEST(DecideRollout, suspended_application_moves_nobody) {
    RolloutFleet fleet(3);
    fleet.batches({by_count(1)});
    fleet.app.suspended = true;
    fleet.decide();
    EXPECT_EQ(fleet.planned_to("a-1"), 3);
}

}  // namespace
}  // namespace wasmbed::controller
