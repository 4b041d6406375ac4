#include "services/controller/gateway_reconciler.hpp"

#include <gtest/gtest.h>

#include "services/controller/testing/objects.hpp"

namespace wasmbed::controller {
namespace {

json::value device_of(const char* gateway, const char* until) {
    json::object session{{"gateway", gateway}, {"epoch", 7}};
    if (*until != 0) session["until"] = until;
    return json::object{
        {"status",
         {{"session", std::move(session)},
          {"conditions", json::array{{{"type", "Connected"}, {"status", "True"}, {"reason", "SessionOpen"}}}}}}};
}

TEST(StatusWithoutGateway, ends_the_sessions_of_a_silent_gateway_only) {
    EXPECT_FALSE(status_without_gateway(device_of("other", ""), "default", testing::kNow).has_value());
    EXPECT_FALSE(
        status_without_gateway(device_of("default", "2026-11-21T08:00:00Z"), "default", testing::kNow).has_value());
    auto status = status_without_gateway(device_of("default", ""), "default", testing::kNow);
    ASSERT_TRUE(status.has_value());
    json::value object = json::object{{"status", *status}};
    EXPECT_EQ(json_string(object, {"status", "session", "until"}), rfc3339(testing::kNow));
    EXPECT_EQ(json_int(object, {"status", "session", "epoch"}), 7) << "the epoch is the gateways'";
    EXPECT_EQ(json_string(object.at_pointer("/status/conditions/0"), {"status"}), "Unknown");
    EXPECT_EQ(json_string(object.at_pointer("/status/conditions/0"), {"reason"}), "GatewayLost");
}

TEST(LeaseWatchdog, counts_silence_by_its_own_clock_since_the_last_change) {
    kube::LeaseWatchdog watchdog;
    kube::LeaseRecord lease{"gateway-1", "2000-01-01T00:00:00.000000Z", std::chrono::seconds(9), "1", 0};
    SteadyClock::time_point now = SteadyClock::time_point{} + std::chrono::hours(1);
    EXPECT_EQ(watchdog.observe(lease, now).count(), 0) << "an old time in it says nothing: clocks differ";
    EXPECT_EQ(watchdog.observe(lease, now + std::chrono::seconds(8)), std::chrono::seconds(8));
    lease.renewed = "2000-01-01T00:00:03.000000Z";
    EXPECT_EQ(watchdog.observe(lease, now + std::chrono::seconds(9)).count(), 0);
}

}  // namespace
}  // namespace wasmbed::controller
