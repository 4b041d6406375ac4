#include "host/fleet/device_phase.hpp"

#include <gtest/gtest.h>

namespace wasmbed::fleet {
namespace {

using namespace std::chrono_literals;

const WallClock::time_point kNow = parse_rfc3339("2026-11-21T09:00:00Z").value();

Device enrolled() {
    Device device;
    device.identity = Identity{};
    return device;
}

Device with_session(const char* since, const char* until, bool connected) {
    Device device = enrolled();
    device.session = Session{"g", 1, since, until, ""};
    device.conditions = {{"Connected", connected ? ConditionStatus::True : ConditionStatus::False, "", "", 0, ""}};
    return device;
}

DevicePhase phase(const Device& device, WallClock::time_point now = kNow) {
    return device_phase(device, 90s, now).phase;
}

TEST(DevicePhase, follows_enrollment) {
    Device device;
    EXPECT_EQ(phase(device), DevicePhase::Pending);
    device.enrollment = Enrollment{};
    EXPECT_EQ(phase(device), DevicePhase::Enrolling);
    device.identity = Identity{};
    EXPECT_EQ(phase(device), DevicePhase::Enrolled);
}

TEST(DevicePhase, of_a_device_with_a_pre_shared_key_follows_its_session) {
    Device device = with_session("2026-11-21T08:00:00Z", "2026-11-21T08:59:59Z", false);
    device.identity.reset();
    device.enrollment.reset();
    EXPECT_EQ(phase(device), DevicePhase::Disconnected);
    EXPECT_EQ(device_phase(device, 90s, kNow + 90s).phase, DevicePhase::Unreachable);
    device.session.reset();
    EXPECT_EQ(phase(device), DevicePhase::Pending);
}

TEST(DevicePhase, is_connected_only_while_the_session_lives) {
    EXPECT_EQ(phase(with_session("2026-11-21T08:00:00Z", "", true)), DevicePhase::Connected);
    EXPECT_EQ(phase(with_session("2026-11-21T08:00:00Z", "2026-11-21T08:59:59Z", true)), DevicePhase::Disconnected);
}

TEST(DevicePhase, becomes_unreachable_after_the_time_without_a_session) {
    Device device = with_session("2026-11-21T08:00:00Z", "2026-11-21T08:59:00Z", false);
    PhaseResult result = device_phase(device, 90s, kNow);
    EXPECT_EQ(result.phase, DevicePhase::Disconnected);
    EXPECT_EQ(result.changes_at, kNow + 30s);
    EXPECT_EQ(phase(device, kNow + 29s), DevicePhase::Disconnected);
    EXPECT_EQ(phase(device, kNow + 30s), DevicePhase::Unreachable);
    EXPECT_EQ(device_phase(device, 90s, kNow + 30s).changes_at, std::nullopt);
}

TEST(DevicePhase, takes_last_seen_when_the_end_was_not_written) {
    Device device = with_session("2026-11-21T08:00:00Z", "", false);
    device.last_seen = "2026-11-21T08:59:30Z";
    EXPECT_EQ(phase(device), DevicePhase::Disconnected);
    device.last_seen = "garbage";
    device.session->since = "garbage";
    EXPECT_EQ(phase(device), DevicePhase::Unreachable);
}

}  // namespace
}  // namespace wasmbed::fleet
