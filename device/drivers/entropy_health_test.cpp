#include "device/drivers/entropy_health.hpp"

#include <gtest/gtest.h>
#include <random>

namespace wasmbed::drivers {
namespace {

TEST(EntropyHealth, accepts_random_bytes) {
    EntropyHealth health;
    std::mt19937 source(1);
    for (int i = 0; i < 1'000'000; ++i) ASSERT_TRUE(health.accept(static_cast<std::uint8_t>(source())));
}

TEST(EntropyHealth, rejects_a_stuck_source_at_the_sixth_byte_and_for_good) {
    EntropyHealth health;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(health.accept(0xFF)) << i;
    EXPECT_FALSE(health.accept(0xFF));
    EXPECT_FALSE(health.accept(0x12));
    EXPECT_FALSE(health.healthy());
}

TEST(EntropyHealth, rejects_a_biased_source_within_a_window) {
    EntropyHealth health;
    std::mt19937 source(1);
    int accepted = 0;
    // One byte in four is the same.
    while (accepted < 512 && health.accept(accepted % 4 == 0 ? 0x55 : static_cast<std::uint8_t>(source()))) ++accepted;
    EXPECT_LT(accepted, 512);
}

}  // namespace
}  // namespace wasmbed::drivers
