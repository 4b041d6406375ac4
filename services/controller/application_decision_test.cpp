#include "services/controller/application_decision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/controller/rollout_counts.hpp"
#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller {
namespace {

using fleet::ConditionStatus;
using testing::kNow;

struct DecideApplication : ::testing::Test {
    json::value object =
        parse_json(R"({"metadata": {"namespace": "wasmbed", "name": "a", "uid": "app-uid", "generation": 1},
        "spec": {"language": "wasm", "target": {"all": true}}})")
            .value();
    Result<fleet::ModuleFacts, SpecProblem> checked = fleet::ModuleFacts{Digest{1}, 100};
    std::vector<RevisionFacts> revisions;
    std::vector<fleet::Device> devices;

    json::object& spec() { return object.as_object()["spec"].as_object(); }

    ApplicationDecision decide() {
        std::vector<const fleet::Device*> pointers;
        for (const fleet::Device& device : devices) pointers.push_back(&device);
        return decide_application({fleet::application_from_json(object), checked, revisions, pointers}, kNow);
    }
    /// Applies a decision, as the next pass sees it.
    ApplicationDecision settle() {
        ApplicationDecision decision = decide();
        if (decision.create) {
            revisions.push_back({decision.create->name, decision.create->sequence, decision.create->payload});
        }
        if (decision.create_rollback) {
            const NewRevision& rollback = *decision.create_rollback;
            revisions.push_back({rollback.name, rollback.sequence, rollback.payload});
        }
        for (const std::string& name : decision.delete_revisions) {
            std::erase_if(revisions, [&](const RevisionFacts& revision) { return revision.name == name; });
        }
        object.as_object()["status"] = decision.status;
        return decision;
    }
    void report(std::size_t index, std::string state, const std::string& revision, std::string reason = "") {
        fleet::DeviceApplication app;
        app.uid = "app-uid";
        app.state = std::move(state);
        app.revision = revision;
        app.reason = std::move(reason);
        devices[index].applications = {app};
    }
    void add_devices(int count) {
        for (int i = 0; i < count; ++i) {
            devices.push_back(testing::make_device("d" + std::to_string(i)));
            testing::connect(devices.back());
        }
    }
    static std::int64_t count(const ApplicationDecision& decision, const char* name) {
        return json_int(json::value(decision.status), {name}, -1);
    }
    static std::string condition(const ApplicationDecision& decision, const char* type) {
        json::value holder = json::object{{"status", decision.status}};
        std::vector<fleet::Condition> conditions = fleet::conditions_from_json(holder);
        const fleet::Condition* found = find_condition(conditions, type);
        return found == nullptr ? "none" : std::string(condition_status_name(found->status)) + "/" + found->reason;
    }
    static std::string phase(const ApplicationDecision& decision) {
        return std::string(json_string(json::value(decision.status), {"phase"}));
    }
    static std::vector<std::string> reasons(const ApplicationDecision& decision) {
        std::vector<std::string> out;
        for (const EventToRecord& event : decision.events) out.push_back(event.reason);
        return out;
    }
    std::string target() { return std::string(json_string(object, {"status", "rollout", "target"})); }
    std::string stable() { return std::string(json_string(object, {"status", "rollout", "stable"})); }
};

TEST_F(DecideApplication, is_for_the_devices_that_it_fits_and_names_the_others) {
    add_devices(2);
    checked->memory_bytes = 65'536;
    devices[0].capacity = fleet::Capacity{100'000, 100'000, 100'000, {"wasm", "led", "leds:2"}};
    devices[1].capacity = fleet::Capacity{10'000, 100'000, 100'000, {"wasm", "led", "leds:2"}};
    ApplicationDecision first = settle();
    EXPECT_EQ(condition(first, "Accepted"), "True/SomeDevicesDoNotFit");
    ASSERT_TRUE(first.create.has_value());
    EXPECT_EQ(first.create->needs.ram_bytes, 65'536u + 4'096u);
    EXPECT_EQ(count(first, "desired"), 1);
    report(0, "Running", first.create->name);
    ApplicationDecision settled = settle();
    EXPECT_EQ(condition(settled, "Ready"), "True/AllReady");
    EXPECT_EQ(phase(settled), "Running");
}

TEST_F(DecideApplication, is_not_accepted_when_no_device_has_the_led) {
    add_devices(1);
    devices[0].capacity = fleet::Capacity{100'000, 100'000, 100'000, {"wasm", "led", "leds:2"}};
    spec()["permissions"] = json::array{"led:2"};
    ApplicationDecision decision = settle();
    EXPECT_EQ(condition(decision, "Accepted"), "False/DoesNotFit");
    EXPECT_FALSE(decision.create.has_value());
}

TEST_F(DecideApplication, first_pass_makes_a_revision_and_rolls_it_out) {
    add_devices(2);
    ApplicationDecision decision = settle();
    ASSERT_TRUE(decision.create.has_value());
    EXPECT_EQ(decision.create->sequence, 1);
    EXPECT_EQ(target(), decision.create->name);
    EXPECT_TRUE(json_bool(object, {"status", "rollout", "complete"}));
    EXPECT_EQ(count(decision, "desired"), 2);
    EXPECT_EQ(condition(decision, "Accepted"), "True/Accepted");
    EXPECT_EQ(condition(decision, "Progressing"), "True/RollingOut");
    EXPECT_EQ(condition(decision, "Ready"), "False/Progressing");
    EXPECT_EQ(phase(decision), "Progressing");
    EXPECT_THAT(reasons(decision), ::testing::ElementsAre("RevisionCreated"));
}

TEST_F(DecideApplication, second_pass_changes_nothing) {
    add_devices(1);
    settle();
    json::value before = object.at("status");
    ApplicationDecision decision = settle();
    EXPECT_FALSE(decision.create.has_value());
    EXPECT_EQ(object.at("status"), before);
    EXPECT_TRUE(decision.events.empty());
}

TEST_F(DecideApplication, repeated_first_pass_names_the_same_revision) {
    EXPECT_EQ(decide().create->name, decide().create->name);
}

TEST_F(DecideApplication, change_of_what_runs_makes_a_revision_with_a_higher_sequence) {
    settle();
    std::string first = target();
    spec()["permissions"] = json::array{"led:0"};
    ApplicationDecision decision = settle();
    EXPECT_EQ(decision.create->sequence, 2);
    EXPECT_NE(target(), first);
    EXPECT_EQ(stable(), first);
    spec().erase("permissions");
    decision = settle();
    EXPECT_EQ(decision.create->sequence, 3) << "going back is a change too";
    EXPECT_NE(target(), first);
}

TEST_F(DecideApplication, change_of_target_or_suspension_makes_none) {
    add_devices(1);
    settle();
    spec()["target"] = {{"deviceNames", json::array{"d0"}}};
    EXPECT_FALSE(settle().create.has_value());
    spec()["suspended"] = true;
    ApplicationDecision decision = settle();
    EXPECT_FALSE(decision.create.has_value());
    EXPECT_EQ(phase(decision), "Suspended");
    EXPECT_EQ(condition(decision, "Ready"), "False/Suspended");
}

TEST_F(DecideApplication, sequence_never_falls_when_revisions_were_deleted) {
    settle();
    spec()["permissions"] = json::array{"led:0"};
    settle();
    revisions.clear();
    EXPECT_EQ(settle().create->sequence, 3);
}

TEST_F(DecideApplication, revision_that_our_key_did_not_sign_is_replaced) {
    settle();
    revisions[0].payload.reset();
    EXPECT_EQ(settle().create->sequence, 2);
}

TEST_F(DecideApplication, counts_only_what_connected_devices_report) {
    add_devices(5);
    settle();
    report(0, "Running", target());
    report(1, "Completed", target());
    report(2, "Failed", target(), "Trap");
    report(3, "Running", target());
    testing::disconnect(devices[3], "2026-11-21T08:59:00Z");
    ApplicationDecision decision = settle();
    EXPECT_EQ(count(decision, "desired"), 5);
    EXPECT_EQ(count(decision, "updated"), 4);
    EXPECT_EQ(count(decision, "ready"), 2);
    EXPECT_EQ(count(decision, "running"), 1) << "the disconnected one is unknown, not running";
    EXPECT_EQ(count(decision, "completed"), 1);
    EXPECT_EQ(count(decision, "failed"), 1);
    EXPECT_EQ(count(decision, "unknown"), 1);
    EXPECT_EQ(condition(decision, "Degraded"), "True/Trap");
    EXPECT_EQ(phase(decision), "Degraded");
    EXPECT_THAT(reasons(decision), ::testing::ElementsAre("Degraded"));
}

TEST_F(DecideApplication, is_ready_when_every_device_runs_or_completed_it) {
    add_devices(2);
    settle();
    report(0, "Running", target());
    report(1, "Completed", target());
    ApplicationDecision decision = settle();
    EXPECT_EQ(condition(decision, "Ready"), "True/AllReady");
    EXPECT_EQ(condition(decision, "Progressing"), "False/Complete");
    EXPECT_EQ(phase(decision), "Running");
    EXPECT_EQ(stable(), target());
    EXPECT_THAT(reasons(decision), ::testing::ElementsAre("RolloutComplete"));
    report(0, "Completed", target());
    EXPECT_EQ(phase(settle()), "Completed");
}

TEST_F(DecideApplication, former_revision_still_running_is_not_updated) {
    add_devices(1);
    settle();
    report(0, "Running", target());
    settle();
    std::string first = target();
    spec()["permissions"] = json::array{"led:0"};
    ApplicationDecision decision = settle();
    EXPECT_EQ(count(decision, "running"), 1);
    EXPECT_EQ(count(decision, "updated"), 0);
    EXPECT_EQ(count(decision, "ready"), 0);
    EXPECT_EQ(stable(), first);
    report(0, "Fetching", target());
    EXPECT_EQ(count(settle(), "updated"), 0) << "still on its way";
}

TEST_F(DecideApplication, devices_that_are_away_leave_ready_unknown) {
    add_devices(2);
    settle();
    report(0, "Running", target());
    testing::disconnect(devices[1], "2026-11-21T08:59:00Z");
    ApplicationDecision decision = settle();
    EXPECT_EQ(condition(decision, "Ready"), "Unknown/DevicesNotConnected");
    EXPECT_EQ(condition(decision, "Progressing"), "True/WaitingForDevices");
    EXPECT_EQ(phase(decision), "Running");
}

TEST_F(DecideApplication, without_devices_it_is_pending) {
    ApplicationDecision decision = settle();
    EXPECT_EQ(phase(decision), "Pending");
    EXPECT_EQ(condition(decision, "Ready"), "False/NoDevices");
}

TEST_F(DecideApplication, rejected_and_deleted_devices_do_not_count) {
    add_devices(3);
    devices[0].approval = fleet::Approval::Rejected;
    devices[1].meta.deleting = true;
    EXPECT_EQ(count(settle(), "desired"), 1);
}

TEST_F(DecideApplication, unacceptable_spec_makes_no_revision_and_says_why) {
    checked = fail(SpecProblem{"InvalidModule", "no module"});
    ApplicationDecision decision = settle();
    EXPECT_FALSE(decision.create.has_value());
    EXPECT_EQ(condition(decision, "Accepted"), "False/InvalidModule");
    EXPECT_EQ(phase(decision), "Rejected");
    EXPECT_EQ(target(), "");
    EXPECT_THAT(reasons(decision), ::testing::ElementsAre("InvalidModule"));
}

TEST_F(DecideApplication, unacceptable_change_leaves_the_former_revision_in_place) {
    add_devices(1);
    settle();
    std::string first = target();
    checked = fail(SpecProblem{"InvalidModule", "no module"});
    settle();
    EXPECT_EQ(target(), first);
    EXPECT_TRUE(json_bool(object, {"status", "rollout", "complete"}));
}

TEST_F(DecideApplication, keeps_ten_revisions) {
    add_devices(1);
    settle();
    std::string first = target();
    report(0, "Running", first);
    settle();
    for (int i = 0; i < 14; ++i) {
        spec()["config"] = {{"args", json::array{std::to_string(i)}}};
        settle();
    }
    settle();
    EXPECT_EQ(revisions.size(), kRevisionsKept);
    EXPECT_EQ(revisions.back().sequence, 15);
}

TEST_F(DecideApplication, failed_step_signs_the_stable_revision_as_a_rollback) {
    spec()["rollout"] = {{"batches", json::array{{{"count", 1}}}}};
    add_devices(3);
    for (int pass = 0; pass < 3; ++pass) {
        settle();
        for (std::size_t i = 0; i < 3; ++i) report(i, "Running", target());
    }
    std::string first = target();
    ASSERT_EQ(stable(), first);
    spec()["permissions"] = json::array{"led:0"};
    ApplicationDecision begun = settle();
    ASSERT_TRUE(begun.create_rollback.has_value()) << "it is there before it is needed";
    EXPECT_EQ(begun.create_rollback->sequence, 1) << "the sequence of the stable one";
    EXPECT_EQ(begun.create_rollback->module_of, first);
    EXPECT_TRUE(fleet::is_rollback(begun.create_rollback->payload));
    EXPECT_EQ(json_string(object, {"status", "rollout", "rollback"}), begun.create_rollback->name);
    EXPECT_FALSE(settle().create_rollback.has_value());

    fleet::Rollout rollout = fleet::rollout_from_json(object);
    for (std::size_t i = 0; i < 3; ++i) {
        bool moved = fleet::revision_for(rollout, "app-uid", devices[i]) == target();
        if (moved) report(i, "Failed", target(), "Trap");
    }
    ApplicationDecision failed = settle();
    EXPECT_EQ(condition(failed, "Progressing"), "False/RolledBack");
    EXPECT_EQ(condition(failed, "Degraded"), "True/RolledBack");
    EXPECT_EQ(phase(failed), "Degraded");
    EXPECT_THAT(reasons(failed), ::testing::Contains("RolledBack"));
    EXPECT_EQ(json_string(object, {"status", "rollout", "rollback"}), begun.create_rollback->name);
    EXPECT_FALSE(settle().create.has_value()) << "the spec is still the failed revision's";
}

TEST_F(DecideApplication, rollback_goes_when_a_rollout_has_succeeded) {
    spec()["rollout"] = {{"batches", json::array{{{"count", 1}}}}};
    add_devices(2);
    for (const char* permission : {"led:0", "led:1"}) {
        spec()["permissions"] = json::array{permission};
        for (int pass = 0; pass < 4; ++pass) {
            settle();
            for (std::size_t i = 0; i < 2; ++i) report(i, "Running", target());
        }
    }
    EXPECT_EQ(stable(), target());
    EXPECT_EQ(revisions.size(), 2U);
    EXPECT_EQ(json_string(object, {"status", "rollout", "rollback"}), "");
}

TEST_F(DecideApplication, groups_failures_by_reason_with_a_bound) {
    add_devices(30);
    settle();
    for (std::size_t i = 0; i < 30; ++i) report(i, "Failed", target(), i < 20 ? "Trap" : "R" + std::to_string(i));
    ApplicationDecision decision = settle();
    const json::array& failures = decision.status.at("failures").as_array();
    ASSERT_EQ(failures.size(), kFailureReasonsMax);
    EXPECT_EQ(json_string(failures[0], {"reason"}), "Trap");
    EXPECT_EQ(json_int(failures[0], {"count"}), 20);
    EXPECT_EQ(failures[0].at("devices").as_array().size(), kFailureDevicesMax);
    for (std::size_t i = 0; i < 30; ++i) report(i, "Running", target());
    EXPECT_TRUE(settle().status.at("failures").as_array().empty()) << "a merge patch must clear them";
    EXPECT_FALSE(settle().status.contains("failures"));
}

TEST_F(DecideApplication, counts_alone_are_not_urgent) {
    add_devices(2);
    EXPECT_TRUE(settle().urgent);
    report(0, "Running", target());
    EXPECT_FALSE(settle().urgent);
}

}  // namespace
}  // namespace wasmbed::controller
