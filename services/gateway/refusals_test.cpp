#include "services/gateway/refusals.hpp"

#include <gtest/gtest.h>

namespace wasmbed::gateway {
namespace {

using namespace std::chrono_literals;
constexpr Refusals::Clock::time_point kStart{};

TEST(Refusals, counts_each_and_logs_once_per_address_and_reason) {
    Refusals refusals;
    EXPECT_TRUE(refusals.note(Refusal::alpn, "192.0.2.1:1000", "", kStart));
    EXPECT_FALSE(refusals.note(Refusal::alpn, "192.0.2.1:1001", "", kStart + 59s));
    EXPECT_TRUE(refusals.note(Refusal::alpn, "192.0.2.2:1000", "", kStart));
    EXPECT_TRUE(refusals.note(Refusal::tls, "192.0.2.1:1002", "", kStart));
    EXPECT_TRUE(refusals.note(Refusal::alpn, "192.0.2.1:1003", "", kStart + Refusals::kQuiet));
    EXPECT_EQ(refusals.count(Refusal::alpn), 4U);
    EXPECT_EQ(refusals.count(Refusal::tls), 1U);
    EXPECT_EQ(refusals.count(Refusal::identity), 0U);
}

TEST(Refusals, remembers_a_bounded_number_of_addresses) {
    Refusals refusals;
    std::size_t logged = 0;
    for (std::size_t i = 0; i < 2 * Refusals::kRememberedMax; ++i) {
        logged += refusals.note(Refusal::tls, "a" + std::to_string(i) + ":1", "", kStart);
    }
    EXPECT_EQ(logged, Refusals::kRememberedMax);
    EXPECT_EQ(refusals.count(Refusal::tls), 2 * Refusals::kRememberedMax);
    EXPECT_TRUE(refusals.note(Refusal::tls, "later:1", "", kStart + Refusals::kQuiet));
}

}  // namespace
}  // namespace wasmbed::gateway
