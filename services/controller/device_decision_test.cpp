#include "services/controller/device_decision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller {
namespace {

using fleet::ConditionStatus;
using fleet::DevicePhase;
using testing::kNow;
using namespace std::chrono_literals;

struct DecideDevice : ::testing::Test {
    DeviceObserved observed{testing::make_device(), false, std::nullopt, 90s};

    fleet::Device& device() { return observed.device; }
    DeviceDecision decide(WallClock::time_point now = kNow) { return decide_device(observed, now); }

    void enroll() {
        device().identity = fleet::Identity{"pem", "00", "2027-12-23T09:00:00Z", "key"};
        observed.identity_issued = kNow - 1min;
    }
    /// Takes over what the decision would write, as the next pass sees it.
    DeviceDecision settle(WallClock::time_point now = kNow) {
        DeviceDecision decision = decide(now);
        device().conditions = decision.conditions;
        device().phase = device_phase_name(decision.phase);
        return decision;
    }
    static ConditionStatus status(const DeviceDecision& decision, const char* type) {
        const fleet::Condition* condition = find_condition(decision.conditions, type);
        return condition == nullptr ? ConditionStatus::Unknown : condition->status;
    }
    static std::vector<std::string> reasons(const DeviceDecision& decision) {
        std::vector<std::string> out;
        for (const EventToRecord& event : decision.events) out.push_back(event.reason);
        return out;
    }
    /// Deleted, and not gone: a person's word ends that, or the removal of the apps.
    void expect_held_back_by_apps() {
        EXPECT_EQ(find_condition(decide().conditions, "Ready")->reason, "Decommissioning");
        device().meta.force_delete = true;
        EXPECT_TRUE(decide().release);
        device().meta.force_delete = false;
        device().applications.clear();
        EXPECT_TRUE(decide().release);
    }
};

TEST_F(DecideDevice, new_device_gets_a_token_and_waits) {
    DeviceDecision decision = decide();
    EXPECT_TRUE(decision.create_token);
    EXPECT_EQ(decision.phase, DevicePhase::Pending);
    EXPECT_EQ(status(decision, "Ready"), ConditionStatus::False);
    EXPECT_EQ(status(decision, "Enrolled"), ConditionStatus::False);
    EXPECT_EQ(status(decision, "Accepted"), ConditionStatus::True);
    EXPECT_TRUE(decision.events.empty());
    observed.token_exists = true;
    EXPECT_FALSE(decide().create_token);
}

TEST_F(DecideDevice, rejected_or_deleted_device_gets_no_token_and_no_certificate) {
    device().enrollment = fleet::Enrollment{};
    device().enrollment->token_id = "t";
    device().approval = fleet::Approval::Rejected;
    EXPECT_FALSE(decide().create_token);
    EXPECT_FALSE(decide().issue_certificate);
    EXPECT_EQ(find_condition(decide().conditions, "Ready")->reason, "Rejected");
    device().approval = fleet::Approval::Unset;
    device().meta.deleting = true;
    EXPECT_FALSE(decide().create_token);
    EXPECT_FALSE(decide().issue_certificate);
}

TEST_F(DecideDevice, request_with_a_token_is_issued_and_the_phase_follows_the_identity) {
    device().enrollment = fleet::Enrollment{};
    device().enrollment->token_id = "t";
    EXPECT_TRUE(decide().issue_certificate);
    EXPECT_EQ(decide().phase, DevicePhase::Enrolling);
    device().enrollment->public_key_sha256 = "key";
    enroll();
    EXPECT_FALSE(decide().issue_certificate);
    EXPECT_EQ(decide().phase, DevicePhase::Enrolled);
    EXPECT_EQ(status(decide(), "Enrolled"), ConditionStatus::True);
}

TEST_F(DecideDevice, token_lives_until_the_first_session_of_that_certificate) {
    observed.token_exists = true;
    enroll();
    EXPECT_FALSE(decide().delete_token);
    testing::connect(device(), "2026-11-21T08:00:00Z");
    EXPECT_FALSE(decide().delete_token) << "a session from before the certificate proves nothing";
    testing::connect(device(), "2026-11-21T08:59:30Z");
    EXPECT_TRUE(decide().delete_token);
    observed.token_exists = false;
    EXPECT_FALSE(decide().delete_token);
}

TEST_F(DecideDevice, connected_device_is_ready) {
    enroll();
    testing::connect(device());
    DeviceDecision decision = decide();
    EXPECT_EQ(decision.phase, DevicePhase::Connected);
    EXPECT_EQ(status(decision, "Ready"), ConditionStatus::True);
    EXPECT_EQ(status(decision, "Connected"), ConditionStatus::True) << "the gateway's condition stays";
    EXPECT_EQ(decision.look_again, testing::at("2027-11-23T09:00:00Z")) << "when the certificate's end comes near";
}

TEST_F(DecideDevice, lost_device_is_looked_at_again_when_it_becomes_unreachable) {
    enroll();
    testing::connect(device());
    testing::disconnect(device(), "2026-11-21T08:59:30Z");
    DeviceDecision decision = decide();
    EXPECT_EQ(decision.phase, DevicePhase::Disconnected);
    EXPECT_EQ(status(decision, "Ready"), ConditionStatus::False);
    EXPECT_EQ(decision.look_again, kNow + 60s);
    decision = decide(kNow + 60s);
    EXPECT_EQ(decision.phase, DevicePhase::Unreachable);
    EXPECT_EQ(status(decision, "Ready"), ConditionStatus::Unknown);
    EXPECT_EQ(decision.look_again, testing::at("2027-11-23T09:00:00Z")) << "when the certificate's end comes near";
}

TEST_F(DecideDevice, gateway_sets_the_time_until_unreachable) {
    enroll();
    testing::connect(device());
    testing::disconnect(device(), "2026-11-21T08:59:50Z");
    observed.unreachable_after = 5s;
    EXPECT_EQ(decide().phase, DevicePhase::Unreachable);
}

TEST_F(DecideDevice, events_tell_transitions_once) {
    settle();
    device().enrollment = fleet::Enrollment{};
    EXPECT_THAT(reasons(settle()), ::testing::ElementsAre("Enrolling", "WaitingForApproval"));
    EXPECT_THAT(reasons(settle()), ::testing::IsEmpty());
    device().approval = fleet::Approval::Rejected;
    EXPECT_THAT(reasons(settle()), ::testing::ElementsAre("Rejected"));
    EXPECT_THAT(reasons(settle()), ::testing::IsEmpty());
    device().approval = fleet::Approval::Unset;
    enroll();
    device().enrollment->public_key_sha256 = "key";
    EXPECT_THAT(reasons(settle()), ::testing::ElementsAre("Enrolled"));
    testing::connect(device());
    EXPECT_THAT(reasons(settle()), ::testing::ElementsAre("Connected"));
    testing::disconnect(device(), "2026-11-21T09:00:10Z");
    EXPECT_THAT(reasons(settle(kNow + 20s)), ::testing::ElementsAre("Disconnected"));
    DeviceDecision last = settle(kNow + 10min);
    EXPECT_THAT(reasons(last), ::testing::ElementsAre("Unreachable"));
    EXPECT_TRUE(last.events[0].warning);
}

TEST_F(DecideDevice, settled_device_is_decided_the_same_again) {
    enroll();
    testing::connect(device());
    settle();
    EXPECT_EQ(decide(kNow + 1h).conditions, device().conditions);
}

TEST_F(DecideDevice, firmware_of_another_board_is_not_accepted) {
    device().enrollment = fleet::Enrollment{};
    device().enrollment->board = "sim";
    DeviceDecision decision = decide();
    EXPECT_EQ(status(decision, "Accepted"), ConditionStatus::False);
    EXPECT_EQ(find_condition(decision.conditions, "Accepted")->reason, "BoardMismatch");
    EXPECT_FALSE(decision.issue_certificate);
}

TEST_F(DecideDevice, unusable_request_is_said_once) {
    device().enrollment = fleet::Enrollment{};
    device().enrollment->token_id = "t";
    DeviceDecision decision = decide();
    refuse_request(decision, observed, "the request is no request", kNow);
    EXPECT_EQ(find_condition(decision.conditions, "Enrolled")->reason, "InvalidRequest");
    EXPECT_THAT(reasons(decision), ::testing::Contains("InvalidRequest"));
    device().conditions = decision.conditions;
    device().phase = "Enrolling";
    decision = decide();
    refuse_request(decision, observed, "the request is no request", kNow);
    EXPECT_THAT(reasons(decision), ::testing::IsEmpty());
}

TEST_F(DecideDevice, renewal_needs_the_session_of_the_present_certificate) {
    enroll();
    device().enrollment = fleet::Enrollment{};
    device().enrollment->public_key_sha256 = "key";
    device().enrollment->renews_serial = "00";
    EXPECT_TRUE(decide().issue_certificate);
    device().enrollment->renews_serial = "01";
    EXPECT_FALSE(decide().issue_certificate) << "that one was renewed already";
    device().enrollment->renews_serial.clear();
    EXPECT_FALSE(decide().issue_certificate);
}

TEST_F(DecideDevice, says_in_time_that_a_certificate_expires) {
    enroll();
    settle(testing::at("2027-11-23T08:59:00Z"));
    EXPECT_EQ(find_condition(device().conditions, "Enrolled")->reason, "CertificateIssued");
    EXPECT_EQ(decide(testing::at("2027-11-23T08:59:00Z")).look_again, testing::at("2027-11-23T09:00:00Z"));
    DeviceDecision notice = settle(testing::at("2027-11-23T09:00:00Z"));
    EXPECT_EQ(status(notice, "Enrolled"), ConditionStatus::True);
    EXPECT_THAT(reasons(notice), ::testing::Contains("CertificateExpires"));
    EXPECT_THAT(reasons(settle(testing::at("2027-11-24T09:00:00Z"))),
                ::testing::Not(::testing::Contains("CertificateExpires")));
    DeviceDecision over = settle(testing::at("2027-12-23T09:00:00Z"));
    EXPECT_EQ(status(over, "Enrolled"), ConditionStatus::False);
    EXPECT_THAT(reasons(over), ::testing::Contains("CertificateExpired"));
}

TEST_F(DecideDevice, says_that_a_certificate_issued_while_the_clock_was_ahead_is_not_valid_yet) {
    enroll();
    settle();
    const WallClock::time_point issued = *observed.identity_issued;
    DeviceDecision early = settle(issued - std::chrono::hours(2));
    EXPECT_EQ(status(early, "Enrolled"), ConditionStatus::False);
    EXPECT_THAT(reasons(early), ::testing::Contains("CertificateNotYetValid"));
    EXPECT_THAT(find_condition(early.conditions, "Enrolled")->message, ::testing::HasSubstr("set it right"));
    EXPECT_EQ(early.look_again, issued - pki::kClockSkew);
    EXPECT_EQ(status(settle(issued), "Enrolled"), ConditionStatus::True);
}

TEST_F(DecideDevice, revocation_is_of_one_certificate) {
    enroll();
    device().enrollment = fleet::Enrollment{};
    device().enrollment->token_id = "used";
    device().revoke_serial = "ff";
    EXPECT_FALSE(decide().revoke);
    device().revoke_serial = "00";
    DeviceDecision decision = decide();
    EXPECT_TRUE(decision.revoke);
    EXPECT_FALSE(decision.issue_certificate) << "the request of before is no request for a new one";
    EXPECT_EQ(status(decision, "Enrolled"), ConditionStatus::False);
    EXPECT_THAT(reasons(decision), ::testing::Contains("CertificateRevoked"));
    device().identity.reset();
    device().enrollment.reset();
    EXPECT_FALSE(decide().revoke);
    EXPECT_TRUE(decide().create_token);
}

TEST_F(DecideDevice, deleted_device_goes_when_it_has_removed_its_apps) {
    device().meta.deleting = true;
    EXPECT_TRUE(decide().release) << "never enrolled";
    enroll();
    device().applications.emplace_back();
    EXPECT_FALSE(decide().release);
    expect_held_back_by_apps();
}

TEST_F(DecideDevice, deleted_device_with_a_pre_shared_key_goes_when_it_has_removed_its_apps) {
    device().meta.deleting = true;
    device().session = fleet::Session{};
    device().applications.emplace_back();
    EXPECT_FALSE(decide().release) << "its session needed no certificate";
    expect_held_back_by_apps();
}

TEST_F(DecideDevice, deleted_device_whose_certificate_was_revoked_cannot_come_and_goes) {
    device().meta.deleting = true;
    device().session = fleet::Session{};
    device().applications.emplace_back();
    device().revoked.push_back({"00", "2027-12-23T09:00:00Z", "2026-12-23T09:00:00Z", "Requested"});
    EXPECT_TRUE(decide().release);
}

}  // namespace
}  // namespace wasmbed::controller
