#include "services/gateway/records.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sstream>

#include "core/proto/codec.hpp"
#include "core/proto/framing.hpp"
#include "host/base/json.hpp"

namespace wasmbed::gateway {
namespace {

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

    RecordSourcePtr source(const std::string& device) {
        RecordSourcePtr& known = sources_[device];
        if (!known) known = std::make_shared<RecordSource>("ns", device, "uid-" + device);
        return known;
    }
    static void add_log(RecordBatch& batch, std::uint64_t seq, std::string_view text, std::uint8_t boot = 1) {
        const proto::Log log{.head = {.boot_id = {boot}, .seq = seq, .uptime_ms = 0},
                             .level = LogLevel::info,
                             .source = "",
                             .text = text};
        std::array<std::uint8_t, 1024> buffer;
        const Bytes frame = proto::encode_frame(buffer, 0, log).value().subspan(proto::kFramePrefixBytes);
        batch.add_message(RecordKind::log, "app", log.head, proto::decode_envelope(frame)->body);
    }
    RecordBatch log(const std::string& device, std::uint64_t seq, std::string_view text, std::uint8_t boot = 1) {
        RecordBatch batch{source(device), WallClock::now()};
        add_log(batch, seq, text, boot);
        return batch;
    }
    void append(RecordBatch batch) {
        ASSERT_TRUE(store_->append(std::move(batch), [this] { ++stored_; }));
    }
    std::string tail(RecordFilter filter, std::size_t count) { return texts(run(store_->tail(filter, count))); }
    std::string next(RecordFollower& follower) { return texts(run(follower.next())); }
    /// What the lines say: "one two".
    static std::string texts(const std::string& lines) {
        std::string all;
        std::istringstream in{lines};
        for (std::string line; std::getline(in, line);) {
            const json::value value = parse_json(line).value();
            if (!all.empty()) all += ' ';
            all += json_string(value, {"text"}, json_string(value, {"state"}, "?"));
        }
        return all;
    }

    std::filesystem::path directory_, path_;
    IoContext io_;
    std::unique_ptr<RecordStore> store_;
    int stored_ = 0;
    std::map<std::string, RecordSourcePtr> sources_;
};

RecordBatch session_record(RecordSourcePtr source) {
    RecordBatch batch{std::move(source), WallClock::now()};
    batch.add_json(RecordKind::session, "", R"({"state":"connected"})");
    return batch;
}

TEST_F(RecordsTest, history_that_nobody_waits_for_is_stored_all_the_same) {
    const auto follower = run(store_->follow({}, 0));
    ASSERT_TRUE(store_->append(session_record(source("a"))));
    EXPECT_EQ(next(*follower), "connected") << "followers hear of what is on the disk";
}

TEST_F(RecordsTest, a_time_range_looks_at_all_that_is_kept_not_at_the_newest_only) {
    const WallClock::time_point start{std::chrono::hours(24 * 365)};
    for (std::uint64_t second = 1; second <= 9; ++second) {
        RecordBatch batch{source("a"), start + std::chrono::seconds(second)};
        add_log(batch, second, std::to_string(second));
        append(std::move(batch));
    }
    RecordFilter range;
    range.from = start + std::chrono::seconds(2);
    range.to = start + std::chrono::seconds(4);
    EXPECT_EQ(tail(range, 2), "3 4");
    range.to = WallClock::time_point::max();
    EXPECT_EQ(tail(range, 100), "2 3 4 5 6 7 8 9");
    range.from = WallClock::time_point::min();
    range.to = start + std::chrono::seconds(3);
    const auto follower = run(store_->follow(range, 10));
    EXPECT_EQ(next(*follower), "1 2 3");
}

TEST_F(RecordsTest, gives_back_what_was_stored_in_order_and_filtered) {
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    append(log("b", 1, "other"));
    append(session_record(source("a")));
    const auto logs = RecordFilter::bit(RecordKind::log);
    EXPECT_EQ(tail({.ns = "ns", .device = "a", .app = "", .kinds = logs}, 10), "one two");
    EXPECT_EQ(tail({.ns = "ns", .device = "", .app = "app", .kinds = 0}, 2), "two other");
    EXPECT_EQ(tail({.ns = "ns", .device = "", .app = "", .kinds = RecordFilter::bit(RecordKind::session)}, 9),
              "connected");
    EXPECT_EQ(tail({.ns = "other", .device = "", .app = "", .kinds = 0}, 10), "");
    EXPECT_EQ(stored_, 4);
}

TEST_F(RecordsTest, a_line_says_all_that_the_device_said) {
    append(log("a", 7, "seven"));
    const std::string line = run(store_->tail({.ns = "ns", .device = "a", .app = "", .kinds = 0}, 1));
    EXPECT_THAT(line, HasSubstr(R"("device":"a","kind":"log","bootId":"0100000000000000","seq":7,"uptimeMs":0,)"
                                R"("level":"info","app":"app","text":"seven"})"));
    EXPECT_TRUE(parse_rfc3339(json_string(parse_json(line).value(), {"time"})));
}

TEST_F(RecordsTest, stores_a_repeated_record_once_but_confirms_it_again) {
    append(log("a", 1, "one"));
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    append(log("a", 1, "another boot", 2));
    flush();
    EXPECT_EQ(stored_, 4);
    EXPECT_EQ(tail({.ns = "ns", .device = "a", .app = "", .kinds = 0}, 10), "one two another boot");
}

TEST_F(RecordsTest, stores_what_is_new_of_a_batch_that_repeats_some) {
    append(log("a", 1, "one"));
    RecordBatch batch{source("a"), WallClock::now()};
    add_log(batch, 1, "one");
    batch.add_json(RecordKind::session, "", R"({"state":"connected"})");
    add_log(batch, 2, "two");
    append(std::move(batch));
    EXPECT_EQ(tail({.ns = "ns", .device = "a", .app = "", .kinds = 0}, 10), "one connected two");
}

TEST_F(RecordsTest, remembers_positions_and_records_over_a_restart) {
    for (const std::size_t pending : {std::size_t{1} << 20, std::size_t{0}}) {
        SCOPED_TRACE(pending);
        TearDown();
        sources_.clear();
        SetUp();
        open({.pending_bytes_max = pending});
        append(log("a", 7, "seven"));
        flush();
        sources_.clear();
        open({.pending_bytes_max = pending});
        EXPECT_EQ(run(store_->stored_seq("uid-a", {1})), 7U);
        EXPECT_EQ(run(store_->stored_seq("uid-a", {2})), 0U);
        EXPECT_EQ(run(store_->stored_seq("uid-b", {1})), 0U);
        append(log("a", 7, "seven"));
        append(log("a", 8, "eight"));
        EXPECT_EQ(tail({.ns = "ns", .device = "", .app = "", .kinds = 0}, 10), "seven eight");
    }
}

TEST_F(RecordsTest, order_and_filters_are_the_same_for_journal_and_blocks) {
    open({.pending_bytes_max = 2000});
    std::string expected;
    for (std::uint64_t seq = 1; seq <= 60; ++seq) {
        append(log(seq % 2 == 0 ? "even" : "odd", seq, std::to_string(seq)));
        flush();
        if (seq > 20) expected += (expected.empty() ? "" : " ") + std::to_string(seq);
    }
    EXPECT_EQ(tail({.ns = "ns", .device = "", .app = "", .kinds = 0}, 40), expected);
    EXPECT_EQ(tail({.ns = "ns", .device = "odd", .app = "app", .kinds = 0}, 3), "55 57 59");
    EXPECT_EQ(tail({.ns = "ns", .device = "odd", .app = "none", .kinds = 0}, 3), "");
}

TEST_F(RecordsTest, keeps_no_more_than_its_limit_of_each_device) {
    open({.records_per_device_max = 20, .boots_per_device_max = 2, .pending_bytes_max = 0});
    append(log("b", 1, "kept"));
    for (std::uint64_t seq = 1; seq <= 100; ++seq) {
        append(log("a", seq, std::to_string(seq)));
        flush();
    }
    for (std::uint8_t boot = 2; boot < 10; ++boot) append(log("a", 1, "boot", boot));
    flush();
    const std::string lines = run(store_->tail({.ns = "ns", .device = "a", .app = "", .kinds = 0}, 1000));
    EXPECT_LE(std::ranges::count(lines, '\n'), 32);
    EXPECT_THAT(lines, HasSubstr("boot"));
    EXPECT_EQ(run(store_->stored_seq("uid-a", {1})), 0U);
    EXPECT_EQ(run(store_->stored_seq("uid-a", {9})), 1U);
    EXPECT_EQ(tail({.ns = "ns", .device = "b", .app = "", .kinds = 0}, 10), "kept");
}

TEST_F(RecordsTest, the_file_stays_within_its_limit_however_many_devices_there_are) {
    constexpr std::uint64_t kFileBytesMax = 1 << 20;
    open({.pending_bytes_max = 64 * 1024, .file_bytes_max = kFileBytesMax});
    const std::string text(500, 'x');
    for (int device = 0; device < 100; ++device) {
        for (std::uint64_t seq = 1; seq <= 80; ++seq) append(log(std::to_string(device), seq, text));
        flush();
    }
    // Beside the blocks: the journal, and what one transaction takes before it gives back.
    EXPECT_LT(std::filesystem::file_size(path_), kFileBytesMax * 2);
    EXPECT_NE(tail({.ns = "ns", .device = "99", .app = "", .kinds = 0}, 1), "");
    EXPECT_EQ(tail({.ns = "ns", .device = "0", .app = "", .kinds = 0}, 1), "");
}

TEST_F(RecordsTest, a_follower_gets_history_then_what_comes_without_gap_or_repeat) {
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    const auto follower =
        run(store_->follow({.ns = "ns", .device = "a", .app = "", .kinds = RecordFilter::bit(RecordKind::log)}, 1));
    EXPECT_EQ(next(*follower), "two");
    append(log("b", 1, "not asked for"));
    append(log("a", 3, "three"));
    EXPECT_EQ(next(*follower), "three");
    store_->publish(log("a", 9, "live"));
    EXPECT_EQ(next(*follower), "live");
    follower->nudge();
    EXPECT_EQ(next(*follower), "");
}

TEST_F(RecordsTest, a_follower_gets_what_a_device_sends_again_once) {
    const auto follower = run(store_->follow({.ns = "ns", .device = "a", .app = "", .kinds = 0}, 10));
    append(log("a", 1, "one"));
    append(log("a", 2, "two"));
    append(log("a", 1, "one"));
    flush();
    append(log("a", 2, "two"));
    append(log("a", 3, "three"));
    flush();
    EXPECT_EQ(next(*follower), "one two three");
}

TEST_F(RecordsTest, a_slow_follower_hears_how_much_it_missed) {
    const auto follower = run(store_->follow({.ns = "", .device = "", .app = "", .kinds = 0}, 0));
    for (std::size_t i = 0; i < RecordFollower::kLinesMax + 5; ++i) store_->publish(log("a", i + 1, "x"));
    EXPECT_THAT(run(follower->next()), HasSubstr(R"("kind":"dropped","reason":"slow reader","count":5)"));
}

TEST_F(RecordsTest, forgets_a_device_that_is_gone) {
    append(log("a", 1, "one"));
    append(log("b", 1, "other"));
    flush();
    EXPECT_EQ(run(store_->devices()), (std::vector<std::string>{"uid-a", "uid-b"}));
    store_->forget_device("uid-a");
    EXPECT_EQ(tail({.ns = "ns", .device = "", .app = "", .kinds = 0}, 10), "other");
    EXPECT_EQ(run(store_->stored_seq("uid-a", {1})), 0U);
    open();
    EXPECT_EQ(tail({.ns = "ns", .device = "", .app = "", .kinds = 0}, 10), "other");
    EXPECT_EQ(run(store_->devices()), std::vector<std::string>{"uid-b"});
}

TEST_F(RecordsTest, refuses_more_than_its_queue_holds) {
    open({.queue_bytes_max = 0});
    EXPECT_FALSE(store_->append(log("a", 1, "one")));
}

TEST_F(RecordsTest, takes_over_the_records_of_the_first_version) {
    store_.reset();
    std::filesystem::remove(path_);
    {
        auto old = store::Database::open(path_).value();
        ASSERT_TRUE(old.execute(R"sql(
            CREATE TABLE records (id INTEGER PRIMARY KEY AUTOINCREMENT, ns TEXT NOT NULL, device TEXT NOT NULL,
              device_uid TEXT NOT NULL, kind TEXT NOT NULL, app TEXT NOT NULL, body TEXT NOT NULL);
            CREATE TABLE streams (device_uid TEXT NOT NULL, boot_id BLOB NOT NULL, seq INTEGER NOT NULL,
              used INTEGER NOT NULL, PRIMARY KEY (device_uid, boot_id)) WITHOUT ROWID;
            INSERT INTO records (ns, device, device_uid, kind, app, body) VALUES
              ('ns', 'a', 'uid-a', 'log', 'app', '{"time":"2026-01-01T00:00:00.000001Z","device":"a","kind":"log","text":"old"}');
            INSERT INTO streams VALUES ('uid-a', x'0100000000000000', 5, 1);
            PRAGMA user_version = 1;)sql"));
    }
    open();
    append(log("a", 5, "repeated"));
    append(log("a", 6, "new"));
    EXPECT_EQ(tail({.ns = "ns", .device = "a", .app = "app", .kinds = 0}, 10), "old new");
    EXPECT_THAT(run(store_->tail({.ns = "ns", .device = "a", .app = "", .kinds = 0}, 10)),
                HasSubstr(R"({"time":"2026-01-01T00:00:00.000001Z","device":"a","kind":"log","text":"old"})"));
}

TEST_F(RecordsTest, says_which_file_it_cannot_open) {
    const auto store = RecordStore::open(io_, directory_ / "missing" / "x.db");
    ASSERT_FALSE(store.has_value());
    EXPECT_THAT(store.error(), HasSubstr("missing/x.db"));
}

}  // namespace
}  // namespace wasmbed::gateway
