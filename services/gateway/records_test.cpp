#include "services/gateway/records.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wasmbed::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RecordsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "/records.XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        path_ = directory_ / "gateway-test.db";
        open();
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }

    void open(const RecordLimits& limits = {}) {
        store_.reset();
        auto store = RecordStore::open(io_, path_, limits);
        ASSERT_TRUE(store.has_value()) << store.error();
        store_ = std::move(*store);
    }

    /// Runs a coroutine to its end on the test's event loop.
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error, T value) {
            if (error) std::rethrow_exception(error);
            result = std::move(value);
        });
        io_.restart();
        io_.run();
        return std::move(*result);
    }
    void flush() {
        run([](RecordStore& store) -> Task<int> {
            co_await store.flush();
            co_return 0;
        }(*store_));
    }

    static Record log(std::string device, std::uint64_t seq, std::string text, std::uint8_t boot = 1) {
        return {
            "ns", device, "uid-" + device, "log", "app", "{\"text\":\"" + text + "\"}", StreamPosition{{boot}, seq}};
    }
    void append(Record record) {
        ASSERT_TRUE(store_->append(std::move(record), [this] { ++stored_; }));
    }

    std::filesystem::path directory_, path_;
    IoContext io_;
    std::unique_ptr<RecordStore> store_;
    int stored_ = 0;
};

TEST_F(RecordsTest, gives_back_what_was_stored_in_order_and_filtered) {
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    append(log("b", 1, "other"));
    append({"ns", "a", "uid-a", "session", "", R"({"state":"connected"})", {}});
    EXPECT_EQ(run(store_->tail({.ns = "ns", .device = "a", .app = "", .kinds = {"log"}}, 10)),
              "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
    EXPECT_EQ(run(store_->tail({.ns = "ns", .device = "", .app = "app", .kinds = {}}, 2)),
              "{\"text\":\"two\"}\n{\"text\":\"other\"}\n");
    EXPECT_EQ(run(store_->tail({.ns = "other", .device = "", .app = "", .kinds = {}}, 10)), "");
    EXPECT_EQ(stored_, 4);
}

TEST_F(RecordsTest, stores_a_repeated_record_once_but_confirms_it_again) {
    append(log("a", 1, "one"));
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    append(log("a", 1, "another boot", 2));
    flush();
    EXPECT_EQ(stored_, 4);
    EXPECT_EQ(run(store_->tail({.ns = "ns", .device = "a", .app = "", .kinds = {}}, 10)),
              "{\"text\":\"one\"}\n{\"text\":\"two\"}\n{\"text\":\"another boot\"}\n");
}

TEST_F(RecordsTest, remembers_positions_and_records_over_a_restart) {
    append(log("a", 7, "seven"));
    flush();
    open();
    EXPECT_EQ(run(store_->stored_seq("uid-a", {1})), 7U);
    EXPECT_EQ(run(store_->stored_seq("uid-a", {2})), 0U);
    EXPECT_EQ(run(store_->stored_seq("uid-b", {1})), 0U);
    append(log("a", 7, "seven"));
    EXPECT_EQ(run(store_->tail({.ns = "ns", .device = "", .app = "", .kinds = {}}, 10)), "{\"text\":\"seven\"}\n");
}

TEST_F(RecordsTest, keeps_no_more_than_its_limit_of_each_device) {
    open({.records_per_device_max = 20, .boots_per_device_max = 2});
    append(log("b", 1, "kept"));
    for (std::uint64_t seq = 1; seq <= 100; ++seq) append(log("a", seq, std::to_string(seq)));
    for (std::uint8_t boot = 2; boot < 10; ++boot) append(log("a", 1, "boot", boot));
    flush();
    const std::string lines = run(store_->tail({.ns = "ns", .device = "a", .app = "", .kinds = {}}, 1000));
    EXPECT_LE(std::ranges::count(lines, '\n'), 22);
    EXPECT_THAT(lines, HasSubstr("boot"));
    EXPECT_THAT(run(store_->tail({.ns = "ns", .device = "b", .app = "", .kinds = {}}, 10)), HasSubstr("kept"));
}

TEST_F(RecordsTest, a_follower_gets_history_then_what_comes_without_gap_or_repeat) {
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    const auto follower = run(store_->follow({.ns = "ns", .device = "a", .app = "", .kinds = {"log"}}, 1));
    EXPECT_EQ(run(follower->next()), "{\"text\":\"two\"}\n");
    append(log("b", 1, "not asked for"));
    append(log("a", 3, "three"));
    EXPECT_EQ(run(follower->next()), "{\"text\":\"three\"}\n");
    store_->publish({"ns", "a", "uid-a", "log", "", "{}", {}});
    EXPECT_EQ(run(follower->next()), "{}\n");
}

TEST_F(RecordsTest, a_follower_gets_what_a_device_sends_again_once) {
    const auto follower = run(store_->follow({.ns = "ns", .device = "a", .app = "", .kinds = {"log"}}, 10));
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    append(log("a", 1, "one"));
    flush();
    append(log("a", 2, "two"));
    append(log("a", 3, "three"));
    flush();
    EXPECT_EQ(run(follower->next()), "{\"text\":\"one\"}\n{\"text\":\"two\"}\n{\"text\":\"three\"}\n");
}

TEST_F(RecordsTest, a_slow_follower_hears_how_much_it_missed) {
    const auto follower = run(store_->follow({.ns = "", .device = "", .app = "", .kinds = {}}, 0));
    for (std::size_t i = 0; i < RecordFollower::kLinesMax + 5; ++i) {
        store_->publish({"ns", "a", "uid-a", "heartbeat", "", "{}", {}});
    }
    EXPECT_THAT(run(follower->next()), HasSubstr(R"("kind":"dropped","reason":"slow reader","count":5)"));
}

TEST_F(RecordsTest, forgets_a_device_that_is_gone) {
    append(log("a", 1, "one"));
    append(log("b", 1, "other"));
    flush();
    store_->forget_device("uid-a");
    EXPECT_EQ(run(store_->tail({.ns = "ns", .device = "", .app = "", .kinds = {}}, 10)), "{\"text\":\"other\"}\n");
    EXPECT_EQ(run(store_->stored_seq("uid-a", {1})), 0U);
}

TEST_F(RecordsTest, refuses_more_than_its_queue_holds) {
    open({.queue_max = 0});
    EXPECT_FALSE(store_->append(log("a", 1, "one")));
}

TEST_F(RecordsTest, a_stream_ends_with_the_first_record_that_was_not_queued) {
    open({.queue_max = 1});
    RecordStream stream{*store_};
    std::uint64_t refused = 1;
    while (refused < 100'000 && stream.append(log("a", refused, "x"))) ++refused;
    flush();  // there is room in the queue again, as when the worker takes its batch within one read
    EXPECT_FALSE(stream.append(log("a", refused + 1, "x")));
    flush();
    EXPECT_EQ(run(store_->stored_seq("uid-a", {1})), refused - 1);
    EXPECT_TRUE(RecordStream{*store_}.append(log("a", refused, "x"))) << "the next session goes on";
}

TEST_F(RecordsTest, says_which_file_it_cannot_open) {
    const auto store = RecordStore::open(io_, directory_ / "missing" / "x.db");
    ASSERT_FALSE(store.has_value());
    EXPECT_THAT(store.error(), HasSubstr("missing/x.db"));
}

}  // namespace
}  // namespace wasmbed::gateway
