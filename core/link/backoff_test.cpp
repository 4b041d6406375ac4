#include "core/link/backoff.hpp"

#include <gtest/gtest.h>

namespace wasmbed::link {
namespace {

TEST(Backoff, doubles_up_to_the_maximum_within_half_and_whole) {
    Backoff low(Duration{100}, Duration{1000});
    Backoff high(Duration{100}, Duration{1000});
    for (const std::uint64_t ceiling : {100U, 200U, 400U, 800U, 1000U, 1000U}) {
        EXPECT_EQ(low.next(0).ms, ceiling / 2);
        EXPECT_EQ(high.next(UINT32_MAX).ms, ceiling - 1);
    }
    low.reset();
    EXPECT_EQ(low.next(0).ms, 50U);
}

TEST(Backoff, does_not_overflow_at_its_widest) {
    Backoff backoff(Duration{1ULL << 31}, Duration{1ULL << 31});
    EXPECT_LE(backoff.next(UINT32_MAX).ms, 1ULL << 31);
}

}  // namespace
}  // namespace wasmbed::link
