#include "host/base/timed_notifier.hpp"

#include <gtest/gtest.h>

#include "host/base/task_group.hpp"

namespace wasmbed {
namespace {

constexpr auto kNever = SteadyClock::time_point::max();

Task<> wait_and_count(TimedNotifier& notifier, SteadyClock::time_point until, int& woken) {
    co_await notifier.wait_until(until);
    ++woken;
}

Task<> notify_when(TimedNotifier& notifier, const int& woken, int wanted) {
    while (woken < wanted) co_await yield_to_others();
    notifier.notify_all();
}

struct TimedNotifierTest : testing::Test {
    IoContext io;
    TaskGroup group{io};
    int woken = 0;
};

TEST_F(TimedNotifierTest, wakes_all_that_wait_whatever_their_time) {
    TimedNotifier notifier;
    for (int i = 0; i < 3; ++i) group.spawn("waiter", wait_and_count(notifier, kNever, woken));
    group.spawn("notifier", notify_when(notifier, woken, 0));
    io.run();
    EXPECT_EQ(woken, 3);
}

TEST_F(TimedNotifierTest, ends_the_wait_of_one_at_its_time_and_of_the_other_when_notified) {
    TimedNotifier notifier;
    group.spawn("for ever", wait_and_count(notifier, kNever, woken));
    group.spawn("for a moment", wait_and_count(notifier, SteadyClock::now(), woken));
    group.spawn("notifier", notify_when(notifier, woken, 1));
    io.run();
    EXPECT_EQ(woken, 2);
}

TEST_F(TimedNotifierTest, unwinds_what_is_cancelled) {
    TimedNotifier notifier;
    group.spawn("waiter", wait_and_count(notifier, kNever, woken));
    io.poll();
    group.cancel();
    io.restart();
    io.run();
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(group.size(), 0u);
    notifier.notify_all();  // finds nobody
}

TEST_F(TimedNotifierTest, may_go_before_those_that_wait) {
    {
        TimedNotifier notifier;
        group.spawn("waiter", wait_and_count(notifier, kNever, woken));
        io.poll();
    }
    EXPECT_EQ(woken, 0);
}

}  // namespace
}  // namespace wasmbed
