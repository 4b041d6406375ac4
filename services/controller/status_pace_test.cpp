#include "services/controller/status_pace.hpp"

#include <gtest/gtest.h>

namespace wasmbed::controller {
namespace {

TEST(StatusPace, lets_a_burst_through_and_then_one_write_per_interval) {
    StatusPace pace;
    const kube::ObjectKey key{"n", "a"};
    SteadyClock::time_point now = SteadyClock::time_point{} + std::chrono::hours(1);
    for (int i = 0; i < StatusPace::kBurst; ++i) EXPECT_FALSE(pace.wait(key, now).has_value()) << i;
    EXPECT_EQ(pace.wait(key, now), StatusPace::kInterval);
    EXPECT_FALSE(pace.wait({"n", "b"}, now).has_value()) << "each object has its own";
    now += std::chrono::milliseconds(400);
    EXPECT_EQ(pace.wait(key, now), StatusPace::kInterval - std::chrono::milliseconds(400));
    now += std::chrono::milliseconds(600);
    EXPECT_FALSE(pace.wait(key, now).has_value());
    EXPECT_TRUE(pace.wait(key, now).has_value());
}

}  // namespace
}  // namespace wasmbed::controller
