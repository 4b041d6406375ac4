// Old manifests, validly signed once, do not come back.
#include <gtest/gtest.h>

#include "device/runtime/testing/runtime_fixture.hpp"

namespace wasmbed {
namespace {

using proto::AppReason;
using proto::AppState;
using testing::AppSpec;

class RollbackTest : public testing::RuntimeTest {
  protected:
    AppSpec revision(std::uint64_t sequence) {
        AppSpec app = testing::spec("hello");
        app.sequence = sequence;
        return app;
    }
    void install(std::uint64_t sequence) {
        gateway_.want(revision(sequence));
        ASSERT_TRUE(until_state("uid-hello", AppState::completed)) << console_.text;
    }
    void expect_stale(std::uint64_t sequence) {
        gateway_.want(revision(sequence));
        ASSERT_TRUE(until_state("uid-hello", AppState::refused)) << console_.text;
        EXPECT_EQ(gateway_.apps["uid-hello"].reason, AppReason::stale_sequence);
        EXPECT_FALSE(gateway_.security_events.empty());
    }
};

TEST_F(RollbackTest, a_lower_sequence_is_refused_right_after_boot) {
    install(5);
    gateway_.set_reachable(false);
    gateway_.want(revision(4));
    power_on();
    gateway_.set_reachable(true);
    expect_stale(4);
}

TEST_F(RollbackTest, a_lower_sequence_is_refused_after_the_app_was_removed) {
    install(5);
    gateway_.want_nothing();
    ASSERT_TRUE(until([&] { return said("hello: ") && said("removed"); })) << console_.text;
    power_on();
    expect_stale(4);
    install(5);
}

TEST_F(RollbackTest, what_is_stored_starts_whatever_the_power_cut_in_between) {
    // The floor of 6 may be there before the record of 6 is.
    install(5);
    for (std::uint64_t steps = 0; steps < 40; steps += 3) {
        gateway_.want(revision(6 + steps));
        turns(3);
        store_.cut_power_after(steps);
        turns(400);
        store_.restore_power();
        gateway_.set_reachable(false);
        power_on();
        ASSERT_TRUE(until([&] { return said("exited with 0"); })) << steps << console_.text;
        gateway_.set_reachable(true);
        install(6 + steps);
    }
}

}  // namespace
}  // namespace wasmbed
