#include "services/gateway/device_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/proto/names.hpp"
#include "services/gateway/admission.hpp"

namespace wasmbed::gateway {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

const WallClock::time_point kNow{1'800'000'000s};

json::value device_object() {
    return {
        {"metadata",
         {{"name", "dev"}, {"namespace", "ns"}, {"uid", "uid-1"}, {"resourceVersion", "41"}, {"generation", 3}}},
        {"spec", {{"board", "sim"}}},
        {"status",
         {{"phase", "Enrolled"},
          {"identity", {{"serial", "0a"}, {"publicKeySha256", "ab"}, {"certificate", "x"}, {"notAfter", "y"}}},
          {"conditions", json::array{{{"type", "Enrolled"}, {"status", "True"}, {"reason", "CertificateIssued"}}}}}}};
}

SessionFacts facts() {
    SessionFacts facts;
    facts.gateway = "gw-1";
    facts.boot_id = "0102030405060708";
    facts.since = kNow;
    facts.make = std::make_shared<const DeviceMake>(
        DeviceMake{.firmware = "1.0", .engine_build = "", .reset_reason = "", .capacity = {{"ram", 1024}}});
    return facts;
}

/// `device` after the API server applied `patch`.
json::value patched(json::value device, const json::object& patch) {
    apply_merge_patch(device, patch);
    return device;
}

TEST(DeviceStatus, opening_raises_the_epoch_on_condition_of_the_resource_version) {
    SessionFacts session = facts();
    json::value device = device_object();
    device.as_object()["status"].as_object()["session"] = {{"gateway", "gw-2"}, {"epoch", 6}, {"until", "z"}};
    const json::object patch = open_session_patch(device, session, kNow);
    EXPECT_EQ(session.epoch, 7);
    EXPECT_EQ(json_string(patch, {"metadata", "resourceVersion"}), "41");
    const json::value after = patched(device, patch);
    EXPECT_TRUE(is_current(after, session));
    EXPECT_EQ(json_find(after, {"status", "session", "until"}), nullptr);
    EXPECT_EQ(json_string(after, {"status", "phase"}), "Enrolled");
    const auto conditions = fleet::conditions_from_json(after);
    EXPECT_TRUE(fleet::condition_is_true(conditions, "Connected"));
    EXPECT_TRUE(fleet::condition_is_true(conditions, "Enrolled"));
}

TEST(DeviceStatus, writes_only_what_differs_and_nothing_when_all_is_said) {
    SessionFacts session = facts();
    json::value device = device_object();
    device = patched(device, open_session_patch(device, session, kNow));
    EXPECT_EQ(session_patch(device, session, kNow + 1s), std::nullopt);

    session.applications.emplace();
    session.applications->push_back({.name = "hello",
                                     .uid = "u",
                                     .revision = "",
                                     .manifest_sha256 = "",
                                     .state = "Running",
                                     .restarts = 0,
                                     .reason = "",
                                     .detail = "",
                                     .exit_code = {}});
    session.reported_generation = 2;
    const auto patch = session_patch(device, session, kNow + 1s);
    ASSERT_TRUE(patch);
    EXPECT_EQ(json_find(*patch, {"status", "session"}), nullptr);
    EXPECT_EQ(json_string(*patch, {"status", "apps"}), "1/1");
    EXPECT_EQ(json_int(*patch, {"status", "reportedGeneration"}), 2);
    EXPECT_EQ(session_patch(patched(device, *patch), session, kNow + 2s), std::nullopt);
}

TEST(DeviceStatus, the_end_of_a_session_is_a_condition_and_a_time) {
    SessionFacts session = facts();
    json::value device = device_object();
    device = patched(device, open_session_patch(device, session, kNow));
    session.ended = kNow + 60s;
    session.end_reason = "HeartbeatsMissed";
    const auto patch = session_patch(device, session, kNow + 60s);
    ASSERT_TRUE(patch);
    EXPECT_EQ(json_string(*patch, {"status", "session", "until"}), rfc3339(kNow + 60s));
    EXPECT_EQ(json_string(*patch, {"status", "lastSeen"}), rfc3339(kNow + 60s));
    const auto conditions = fleet::conditions_from_json(patched(device, *patch));
    EXPECT_EQ(fleet::find_condition(conditions, "Connected")->reason, "HeartbeatsMissed");
}

TEST(DeviceStatus, apps_are_unknown_before_the_first_report_and_after_the_end) {
    SessionFacts session = facts();
    json::value device = device_object();
    device.as_object()["status"].as_object()["apps"] = "2/2";
    device = patched(device, open_session_patch(device, session, kNow));
    EXPECT_EQ(json_string(device, {"status", "apps"}), "?");
    session.applications.emplace();
    device = patched(device, *session_patch(device, session, kNow));
    EXPECT_EQ(json_string(device, {"status", "apps"}), "0/0");
    session.ended = kNow + 60s;
    device = patched(device, *session_patch(device, session, kNow + 60s));
    EXPECT_EQ(json_string(device, {"status", "apps"}), "?");
}

TEST(DeviceStatus, a_stale_session_writes_nothing) {
    SessionFacts stale = facts();
    json::value device = device_object();
    device = patched(device, open_session_patch(device, stale, kNow));
    SessionFacts next = facts();
    next.gateway = "gw-2";
    device = patched(device, open_session_patch(device, next, kNow));
    stale.ended = kNow;
    EXPECT_EQ(session_patch(device, stale, kNow), std::nullopt);
}

TEST(DeviceStatus, names_states_and_reasons_as_the_wire_numbers_them) {
    EXPECT_EQ(proto::app_state_name(proto::AppState::refused), "Refused");
    EXPECT_EQ(proto::app_state_name(proto::AppState::installing), "Installing");
    EXPECT_EQ(proto::app_reason_name(proto::AppReason::none), "");
    EXPECT_EQ(proto::app_reason_name(proto::AppReason::trap), "Trap");
    EXPECT_EQ(proto::app_reason_name(proto::AppReason::stale_sequence), "StaleSequence");
    EXPECT_EQ(proto::app_reason_name(proto::AppReason::fetch_failed), "FetchFailed");
    EXPECT_EQ(proto::app_reason_name(proto::AppReason::fuel_limit), "FuelLimit");
}

TEST(Admission, a_session_needs_the_devices_current_certificate) {
    const TlsPeer peer{
        .protocol = Protocol::session, .device_uid = "uid-1", .serial = "0a", .public_key_sha256 = "ab", .cipher = ""};
    fleet::Device device = fleet::device_from_json(device_object());
    EXPECT_EQ(session_problem(device, peer), std::nullopt);
    TlsPeer old = peer;
    old.serial = "09";
    EXPECT_THAT(*session_problem(device, old), HasSubstr("not the Device's current one"));
    TlsPeer other = peer;
    other.device_uid = "uid-2";
    EXPECT_THAT(*session_problem(device, other), HasSubstr("does not exist"));
    device.approval = fleet::Approval::Rejected;
    EXPECT_THAT(*session_problem(device, peer), HasSubstr("rejected"));
    device.approval = fleet::Approval::Unset;
    device.identity.reset();
    EXPECT_THAT(*session_problem(device, peer), HasSubstr("no identity"));
}

TEST(Admission, another_key_enrolls_only_with_a_token_or_a_pin) {
    fleet::Device device = fleet::device_from_json(device_object());
    IdentityRequest request{.public_key_sha256 = "cd", .board = "sim", .has_token = true, .common_name = {}};
    EXPECT_EQ(enrollment_problem(device, request), std::nullopt);
    request.has_token = false;
    EXPECT_THAT(*enrollment_problem(device, request), HasSubstr("identity with another key"));
    device.public_key = "cd";
    EXPECT_EQ(enrollment_problem(device, request), std::nullopt);
    device.public_key = "ef";
    EXPECT_THAT(*enrollment_problem(device, request), HasSubstr("names another key"));
}

TEST(Admission, a_request_must_not_name_another_device) {
    fleet::Device device = fleet::device_from_json(device_object());
    IdentityRequest request{
        .public_key_sha256 = "cd", .board = "sim", .has_token = true, .common_name = "wasmbed-device"};
    EXPECT_EQ(enrollment_problem(device, request), std::nullopt);
    request.common_name = "0b7c2f7e-6a7f-4b51-9f0e-3f1a8c0f9d11";
    EXPECT_THAT(*enrollment_problem(device, request), HasSubstr("names another device, 0b7c2f7e"));
    device.meta.uid = request.common_name;
    EXPECT_EQ(enrollment_problem(device, request), std::nullopt);
}

}  // namespace
}  // namespace wasmbed::gateway
