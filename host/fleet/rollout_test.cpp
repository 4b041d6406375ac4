#include "host/fleet/rollout.hpp"

#include <gtest/gtest.h>

namespace wasmbed::fleet {
namespace {

json::value application(const char* rollout) {
    return parse_json(std::string(R"({"spec": {"rollout": )") + rollout + "}}").value();
}

Device device_reporting(std::string revision, std::string reason = "") {
    Device device;
    device.meta.uid = "device-uid";
    DeviceApplication app;
    app.uid = "app-uid";
    app.revision = std::move(revision);
    app.reason = std::move(reason);
    device.applications = {app};
    return device;
}

TEST(RolloutStatus, is_read_as_it_was_written) {
    Rollout rollout{.stable = "a-1", .target = "a-2", .threshold = "00000000000000ff"};
    rollout.selectors = {{{{{"ring", "canary"}}, {{"site", SelectorOperator::In, {"x", "y"}}}}, "0000000000000001"},
                         {{{}, {{"old", SelectorOperator::DoesNotExist, {}}}}, ""}};
    rollout.rollback = "a-1r";
    rollout.state = RolloutState::WaitingForApproval;
    rollout.message = "step 2 waits";
    rollout.step = 1;
    rollout.steps = 3;
    rollout.moved = 4;
    rollout.moving = 5;
    rollout.started_at = "2026-11-21T09:00:00Z";
    rollout.ready_since = "2026-11-21T09:01:00Z";
    EXPECT_EQ(rollout_from_json(json::object{{"status", {{"rollout", rollout.to_json()}}}}), rollout);
}

TEST(RolloutPolicy, has_the_defaults_of_the_schema) {
    auto policy = rollout_policy_from_json(application("{}"));
    ASSERT_TRUE(policy.has_value());
    EXPECT_EQ(policy->success_threshold, 90);
    EXPECT_TRUE(policy->auto_rollback);
    EXPECT_FALSE(policy->max_unavailable.has_value());
    EXPECT_FALSE(policy->needs_approval);
    EXPECT_FALSE(rollout_policy_from_json(parse_json(R"({"spec": {}})").value()).has_value());
}

TEST(RolloutPolicy, batch_has_exactly_one_measure) {
    EXPECT_EQ(rollout_problem(application(R"({"batches": [{"count": 1}, {"percent": 5}, {"selector": {}}]})")),
              std::nullopt);
    EXPECT_EQ(rollout_problem(application(R"({"batches": [{"count": 1}, {"count": 1, "percent": 5}]})")),
              "rollout.batches[1] must have exactly one of count, percent, selector; it has 2");
    auto bad = application(R"({"batches": [{"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}]})");
    EXPECT_EQ(rollout_problem(bad), "rollout.batches[0]: selector.matchExpressions: In of a needs values");
}

TEST(IsMoved, follows_selectors_with_their_thresholds) {
    Rollout rollout{.target = "a-2"};
    rollout.selectors = {{{{{"ring", "canary"}}, {}}, "8000000000000000"}};
    EXPECT_TRUE(is_moved(rollout, "7fffffffffffffff", {{"ring", "canary"}}));
    EXPECT_FALSE(is_moved(rollout, "8000000000000000", {{"ring", "canary"}}));
    EXPECT_FALSE(is_moved(rollout, "0000000000000000", {{"ring", "main"}}));
    rollout.selectors[0].threshold.clear();
    EXPECT_TRUE(is_moved(rollout, "8000000000000000", {{"ring", "canary"}}));
}

TEST(RevisionFor, device_with_a_later_revision_gets_the_stable_one_as_a_rollback) {
    Rollout rollout{.stable = "a-1", .target = "a-2", .rollback = "a-1r"};
    EXPECT_EQ(revision_for(rollout, "app-uid", device_reporting("a-1")), "a-1") << "it has not moved";
    EXPECT_EQ(revision_for(rollout, "app-uid", device_reporting("a-2")), "a-1r");
    EXPECT_EQ(revision_for(rollout, "app-uid", device_reporting("a-1r")), "a-1r") << "it stays where it went";
    EXPECT_EQ(revision_for(rollout, "app-uid", device_reporting("", "StaleSequence")), "a-1r");
    EXPECT_EQ(revision_for(rollout, "app-uid", Device{}), "a-1") << "a device without the app";
    rollout.rollback.clear();
    EXPECT_EQ(revision_for(rollout, "app-uid", device_reporting("a-2")), "a-1");
}

}  // namespace
}  // namespace wasmbed::fleet
