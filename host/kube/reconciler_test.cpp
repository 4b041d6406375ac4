#include "host/kube/reconciler.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>
#include <stdexcept>

#include "host/base/task_group.hpp"

namespace wasmbed::kube {
namespace {

struct ReconcilerTest : testing::Test {
    IoContext io;
    TaskGroup group{io};
    std::vector<std::string> runs;
    int in_flight = 0;
    int in_flight_max = 0;

    Task<ReconcileResult> reconcile(ObjectKey key) {
        runs.push_back(key.name);
        in_flight_max = std::max(in_flight_max, ++in_flight);
        for (int i = 0; i < 5; ++i) co_await yield_to_others();
        --in_flight;
        if (key.name == "fails-twice" && std::count(runs.begin(), runs.end(), key.name) <= 2) {
            if (runs.size() == 1) throw std::runtime_error("by exception");
            co_return ReconcileResult::retry(std::string("not yet"));
        }
        if (key.name == "again" && std::count(runs.begin(), runs.end(), key.name) == 1) {
            co_return ReconcileResult::again_after(std::chrono::milliseconds(5));
        }
        co_return ReconcileResult::done();
    }

    Reconciler make(int workers) {
        return Reconciler(io, "test", [this](ObjectKey key) { return reconcile(std::move(key)); },
                          {workers, std::chrono::milliseconds(1), std::chrono::milliseconds(10)});
    }

    Task<> stop_at(std::size_t count, Reconciler& reconciler) {
        while (runs.size() < count || reconciler.active() > 0) co_await yield_to_others();
        co_await group.stop();
    }

    /// Runs until `count` passes were made and none is under way.
    void run_until(std::size_t count, Reconciler& reconciler) {
        group.spawn("reconciler", reconciler.run());
        boost::asio::co_spawn(io, stop_at(count, reconciler), boost::asio::detached);
        io.run_for(std::chrono::seconds(20));
    }
};

TEST_F(ReconcilerTest, a_key_enqueued_many_times_waits_once) {
    auto reconciler = make(1);
    for (int i = 0; i < 5; ++i) reconciler.enqueue({"ns", "a"});
    reconciler.enqueue({"ns", "b"});
    EXPECT_EQ(reconciler.depth(), 2u);
    run_until(2, reconciler);
    EXPECT_EQ(runs, (std::vector<std::string>{"a", "b"}));
}

Task<> enqueue_while_running(ReconcilerTest& test, Reconciler& reconciler) {
    while (test.in_flight == 0) co_await yield_to_others();
    for (int i = 0; i < 3; ++i) reconciler.enqueue({"ns", "a"});
}

TEST_F(ReconcilerTest, a_key_never_runs_twice_at_once_and_runs_once_more_afterwards) {
    auto reconciler = make(3);
    reconciler.enqueue({"ns", "a"});
    group.spawn("enqueuer", enqueue_while_running(*this, reconciler));
    run_until(2, reconciler);
    EXPECT_EQ(runs.size(), 2u);
    EXPECT_EQ(in_flight_max, 1);
}

TEST_F(ReconcilerTest, different_keys_run_side_by_side) {
    auto reconciler = make(2);
    reconciler.enqueue({"ns", "a"});
    reconciler.enqueue({"ns", "b"});
    run_until(2, reconciler);
    EXPECT_EQ(in_flight_max, 2);
}

TEST_F(ReconcilerTest, failures_and_exceptions_are_tried_again) {
    auto reconciler = make(1);
    reconciler.enqueue({"ns", "fails-twice"});
    run_until(3, reconciler);
    EXPECT_EQ(runs.size(), 3u);
}

TEST_F(ReconcilerTest, looks_again_after_the_time_asked_for) {
    auto reconciler = make(1);
    reconciler.enqueue_after({"ns", "again"}, std::chrono::milliseconds(2));
    reconciler.enqueue_after({"ns", "again"}, std::chrono::hours(1));
    run_until(2, reconciler);
    EXPECT_EQ(runs.size(), 2u);
}

}  // namespace
}  // namespace wasmbed::kube
