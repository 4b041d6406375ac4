// Certificates that run out: the device asks for a new one in its session, and keeps the old one when it gets none.
#include <chrono>
#include <gmock/gmock.h>

#include "device/runtime/testing/runtime_fixture.hpp"

namespace wasmbed::testing {
namespace {

using std::chrono::hours;

class RenewalTest : public RuntimeTest {
  protected:
    /// The gateway's clock that long after its certificates were issued, which count for a day.
    void set_clock(hours age) {
        const auto now = std::chrono::system_clock::now() + age;
        gateway_.wall_ms = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
    }
    void connect() {
        set_clock(hours(0));
        ASSERT_TRUE(until([&] { return gateway_.sessions == 1; })) << console_.text;
    }
    /// Longer than two heartbeats of the gateway.
    void wait_some_heartbeats() {
        const std::uint64_t end = clock_.now_ms() + 70'000;
        ASSERT_TRUE(until([&] { return clock_.now_ms() >= end; }));
    }
};

TEST_F(RenewalTest, asks_for_a_new_certificate_when_a_third_of_its_time_is_left_and_comes_with_it_next) {
    connect();
    set_clock(hours(12));
    wait_some_heartbeats();
    EXPECT_EQ(gateway_.renewals, 0);
    set_clock(hours(20));
    ASSERT_TRUE(until([&] { return said("certificate renewed"); })) << console_.text;
    EXPECT_EQ(gateway_.renewals, 1);
    EXPECT_EQ(gateway_.enrollments, 1);
    gateway_.drop_connection();
    ASSERT_TRUE(until([&] { return gateway_.sessions == 2; })) << console_.text;
    EXPECT_EQ(gateway_.enrollments, 1);
}

TEST_F(RenewalTest, keeps_its_certificate_when_the_new_one_is_for_another_key) {
    connect();
    gateway_.renewing = TestGateway::Renewing::issues_for_another_key;
    set_clock(hours(20));
    ASSERT_TRUE(until([&] { return said("certificate of another key or device"); })) << console_.text;
    wait_some_heartbeats();
    EXPECT_EQ(gateway_.renewals, 1) << "once in a session";
    gateway_.drop_connection();
    ASSERT_TRUE(until([&] { return gateway_.sessions == 2; })) << console_.text;
    EXPECT_EQ(gateway_.enrollments, 1);
}

TEST_F(RenewalTest, asks_a_busy_gateway_again_and_one_that_refuses_not_in_this_session) {
    connect();
    gateway_.renewing = TestGateway::Renewing::is_busy;
    set_clock(hours(20));
    ASSERT_TRUE(until([&] { return gateway_.renewals == 2; })) << console_.text;
    gateway_.renewing = TestGateway::Renewing::refuses;
    ASSERT_TRUE(until([&] { return said("certificate not renewed: never"); })) << console_.text;
    EXPECT_EQ(gateway_.renewals, 3);
    wait_some_heartbeats();
    EXPECT_EQ(gateway_.renewals, 3);
}

}  // namespace
}  // namespace wasmbed::testing
