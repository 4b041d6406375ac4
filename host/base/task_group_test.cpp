#include "host/base/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <stdexcept>

namespace wasmbed {
namespace {

Task<> wait_for_ever(Notifier& notifier, bool& unwound) {
    struct Mark {
        bool& flag;
        ~Mark() { flag = true; }
    } mark{unwound};
    while (true) co_await notifier.wait();
}

Task<> stop_group(TaskGroup& group, bool& stopped) {
    co_await yield_to_others();
    co_await group.stop();
    stopped = true;
}

TEST(TaskGroup, stop_interrupts_waits_and_returns_after_the_last_task_ended) {
    IoContext io;
    TaskGroup group(io);
    Notifier notifier(io);
    bool a = false, b = false, stopped = false;
    group.spawn("a", wait_for_ever(notifier, a));
    group.spawn("b", wait_for_ever(notifier, b));
    boost::asio::co_spawn(io, stop_group(group, stopped), boost::asio::detached);
    io.run();
    EXPECT_TRUE(a && b && stopped);
    EXPECT_EQ(group.size(), 0u);
}

Task<> throw_now() {
    co_await yield_to_others();
    throw std::runtime_error("broken");
}

TEST(TaskGroup, reports_a_task_that_failed) {
    IoContext io;
    TaskGroup group(io);
    std::string failed;
    group.on_failure([&](const std::string& name) { failed = name; });
    group.spawn("thrower", throw_now());
    io.run();
    EXPECT_EQ(failed, "thrower");
}

Task<> mark(bool& flag) {
    flag = true;
    co_return;
}

TEST(TaskGroup, starts_nothing_after_cancel) {
    IoContext io;
    TaskGroup group(io);
    group.cancel();
    bool ran = false;
    group.spawn("late", mark(ran));
    io.run();
    EXPECT_FALSE(ran);
}

Task<> count_wakes(Notifier& notifier, int& wakes) {
    for (int i = 0; i < 2; ++i) {
        co_await notifier.wait();
        ++wakes;
    }
}

Task<> notify_twice(Notifier& notifier) {
    for (int i = 0; i < 2; ++i) {
        co_await yield_to_others();
        co_await yield_to_others();
        notifier.notify_all();
    }
}

TEST(Notifier, wakes_waiters_each_time) {
    IoContext io;
    TaskGroup group(io);
    Notifier notifier(io);
    int wakes = 0;
    group.spawn("waiter", count_wakes(notifier, wakes));
    group.spawn("notifier", notify_twice(notifier));
    io.run();
    EXPECT_EQ(wakes, 2);
}

}  // namespace
}  // namespace wasmbed
