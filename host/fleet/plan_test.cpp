#include "host/fleet/plan.hpp"

#include <gtest/gtest.h>

namespace wasmbed::fleet {
namespace {

Device make_device(std::string name = "d", std::string uid = "device-uid") {
    Device device;
    device.meta.ns = "n";
    device.meta.name = std::move(name);
    device.meta.uid = std::move(uid);
    return device;
}

Application make_app(std::string name, Rollout rollout) {
    Application app;
    app.meta.ns = "n";
    app.meta.name = name;
    app.meta.uid = name + "-uid";
    app.target.all = true;
    app.rollout = std::move(rollout);
    return app;
}

ApplicationRevision make_revision(const Application& app, std::string name) {
    ApplicationRevision revision;
    revision.meta.ns = "n";
    revision.meta.name = name;
    revision.application_uid = app.meta.uid;
    revision.manifest_sha256 = "sha-" + name;
    return revision;
}

struct Fixture : ::testing::Test {
    Device device = make_device();
    Application app = make_app("a", {.stable = "a-old", .target = "a-new", .complete = true});
    std::vector<ApplicationRevision> revisions = {make_revision(app, "a-old"), make_revision(app, "a-new")};

    DevicePlan planned() { return plan(device, std::span(&app, 1), revisions); }
    std::string revision() { return planned().apps.empty() ? "none" : planned().apps[0].revision; }
};

using Plan = Fixture;

TEST_F(Plan, gives_the_target_once_the_rollout_is_complete) {
    EXPECT_EQ(planned().apps, (std::vector<PlannedApp>{{"a", "a-uid", "a-new", "sha-a-new", true}}));
}

TEST_F(Plan, gives_the_stable_revision_before_its_turn) {
    app.rollout.complete = false;
    EXPECT_EQ(revision(), "a-old");
    app.rollout.stable.clear();
    EXPECT_EQ(revision(), "none");
    EXPECT_TRUE(planned().missing_revisions.empty());
}

TEST_F(Plan, leaves_out_what_the_device_said_it_has_no_room_for) {
    revisions[1].needs.ram_bytes = 2'000;
    EXPECT_EQ(revision(), "a-new") << "a device that did not say may fit";
    device.capacity = Capacity{1'000, 1'000, 1'000, {}};
    EXPECT_EQ(revision(), "none");
    EXPECT_TRUE(planned().missing_revisions.empty()) << "the plan is sent";
    device.capacity->ram = 2'000;
    EXPECT_EQ(revision(), "a-new");
}

TEST_F(Plan, threshold_moves_exactly_the_devices_whose_hash_is_below) {
    app.rollout.complete = false;
    std::string hash = rollout_hash(app.meta.uid, "a-new", device.meta.uid);
    app.rollout.threshold = hash;
    EXPECT_EQ(revision(), "a-old");
    app.rollout.threshold = "ffffffffffffffff";
    EXPECT_EQ(revision(), "a-new");
    app.rollout.threshold = "0000000000000000";
    EXPECT_EQ(revision(), "a-old");
    app.rollout.threshold = "ff";
    EXPECT_EQ(revision(), "a-old") << "a malformed threshold moves nobody";
}

TEST_F(Plan, leaves_out_what_does_not_concern_the_device) {
    app.target.all = false;
    EXPECT_EQ(revision(), "none");
    app.target.device_names = {"other"};
    EXPECT_EQ(revision(), "none");
    app.target.device_names = {"d"};
    EXPECT_EQ(revision(), "a-new");
    app.meta.ns = "elsewhere";
    EXPECT_EQ(revision(), "none");
}

TEST_F(Plan, follows_labels) {
    app.target.all = false;
    app.target.selector = LabelSelector{{{"site", "roof"}}, {}};
    EXPECT_EQ(revision(), "none");
    device.meta.labels["site"] = "roof";
    EXPECT_EQ(revision(), "a-new");
}

TEST_F(Plan, drops_a_deleted_app_and_everything_of_a_rejected_device) {
    app.meta.deleting = true;
    EXPECT_EQ(revision(), "none");
    app.meta.deleting = false;
    device.approval = Approval::Rejected;
    EXPECT_EQ(revision(), "none");
}

TEST_F(Plan, suspension_keeps_the_app_but_stops_it) {
    app.suspended = true;
    EXPECT_FALSE(planned().apps.at(0).run);
    app.suspended = false;
    device.suspended = true;
    EXPECT_FALSE(planned().apps.at(0).run);
}

TEST_F(Plan, reports_a_revision_that_is_not_there_instead_of_dropping_the_app) {
    revisions.pop_back();
    EXPECT_TRUE(planned().apps.empty());
    EXPECT_EQ(planned().missing_revisions, std::vector<std::string>{"a-new"});
}

TEST_F(Plan, ignores_a_revision_of_an_earlier_app_of_the_same_name) {
    revisions[1].application_uid = "earlier";
    EXPECT_EQ(planned().missing_revisions, std::vector<std::string>{"a-new"});
}

TEST_F(Plan, app_without_a_rollout_is_not_planned) {
    app.rollout = {};
    EXPECT_EQ(revision(), "none");
}

TEST(RolloutHash, is_as_defined) {
    // printf 'app\0app-1\0dev' | sha256sum
    EXPECT_EQ(rollout_hash("app", "app-1", "dev"), "ca5e361fd34f4d42");
}

TEST(RolloutHash, spreads_devices_evenly_and_anew_for_each_revision) {
    int first_below = 0;
    int both_below = 0;
    for (int i = 0; i < 2000; ++i) {
        std::string uid = "device-" + std::to_string(i);
        bool first = rollout_hash("app", "app-1", uid) < "8000000000000000";
        bool second = rollout_hash("app", "app-2", uid) < "8000000000000000";
        first_below += first;
        both_below += first && second;
    }
    EXPECT_NEAR(first_below, 1000, 100);
    EXPECT_NEAR(both_below, 500, 100);
}

}  // namespace
}  // namespace wasmbed::fleet
