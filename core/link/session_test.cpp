// Device and gateway against each other.

#include <gtest/gtest.h>

#include "core/link/testing.hpp"

namespace wasmbed::link {
namespace {

std::vector<std::uint8_t> pattern(std::size_t bytes) {
    std::vector<std::uint8_t> data(bytes);
    for (std::size_t i = 0; i < bytes; ++i) data[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    return data;
}

std::vector<std::string> numbered(int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) texts.push_back("line " + std::to_string(i));
    return texts;
}

TEST(Session, opens_with_hello_welcome_desired_and_reported) {
    Pair pair;
    const proto::DesiredApp app{.app = "uid-1", .manifest = digest_named(1), .run = true};
    pair.gateway.apps = {app};
    pair.connect();
    pair.run();
    EXPECT_TRUE(pair.both_open());
    EXPECT_EQ(pair.gateway.board, "sim");
    EXPECT_EQ(pair.device.epoch, 1U);
    EXPECT_EQ(pair.device.apps, std::vector<std::string>{"uid-1"});
    EXPECT_EQ(pair.gateway.reported_generation, 1U);
    EXPECT_EQ(pair.memory.borrowed, 0) << "an idle session holds no buffers";
}

TEST(Session, works_with_one_byte_at_a_time) {
    Pair pair;
    pair.device.fetch_on_desired = true;
    pair.device.blob_bytes = 3000;
    pair.gateway.blob_data = pattern(3000);
    for (const auto& text : numbered(5)) pair.device.log(pair.now, text);
    pair.connect();
    pair.run(SIZE_MAX, 1);
    EXPECT_TRUE(pair.both_open());
    EXPECT_EQ(pair.gateway.records, numbered(5));
    EXPECT_EQ(pair.device.blob, pair.gateway.blob_data);
    EXPECT_EQ(pair.device.fetched, 3000U);
    EXPECT_TRUE(pair.gateway.served);
}

TEST(Session, sends_the_desired_state_again_when_it_changed) {
    Pair pair;
    pair.connect();
    pair.run();
    const proto::DesiredApp app{.app = "uid-2", .manifest = digest_named(2), .run = true};
    pair.gateway.apps = {app};
    pair.gateway.generation = 2;
    pair.session->desired_changed();
    pair.session->desired_changed();
    pair.run();
    EXPECT_EQ(pair.device.apps, std::vector<std::string>{"uid-2"});
    EXPECT_EQ(pair.gateway.reported_generation, 2U);
}

TEST(Session, sends_the_reported_state_once_per_change) {
    Pair pair;
    pair.connect();
    pair.run();
    const int before = pair.gateway.reports;
    pair.device.session.report_changed();
    pair.device.session.report_changed();
    pair.run();
    EXPECT_EQ(pair.gateway.reports, before + 1);
}

TEST(Session, acknowledges_many_records_with_one_ack) {
    Pair pair;
    pair.connect();
    pair.run();
    for (int i = 0; i < 10; ++i) pair.device.log(pair.now, "x");
    const Bytes output = pair.device.session.poll_output(pair.now);
    pair.session->on_bytes(pair.now, output);
    pair.device.session.consumed(output.size());
    const auto frames = take_frames(*pair.session, pair.now);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(message_in<proto::Ack>(frames).seq, 10U);
}

// The core promise: wherever the connection breaks, nothing is lost and nothing comes twice.
TEST(Session, loses_and_doubles_nothing_when_cut_at_any_byte) {
    const auto scenario = [](Pair& pair) {
        pair.device.fetch_on_desired = true;
        pair.device.blob_bytes = 1500;
        pair.gateway.blob_data = pattern(1500);
        for (const auto& text : numbered(6)) pair.device.log(pair.now, text);
        pair.device.session.event(pair.now, proto::EventKind::led, "app", 0, 1);
        pair.connect();
    };
    auto expected = numbered(6);
    expected.push_back("event 1");
    expected.push_back("after");
    std::size_t total;
    {
        Pair pair;
        scenario(pair);
        total = pair.run();
    }
    ASSERT_GT(total, 2000U);
    for (std::size_t cut = 1; cut <= total; ++cut) {
        Pair pair;
        scenario(pair);
        pair.run(cut);
        pair.device.log(pair.now, "after");
        pair.connect();
        pair.run();
        ASSERT_TRUE(pair.both_open()) << cut;
        ASSERT_EQ(pair.gateway.records, expected) << cut;
        ASSERT_EQ(pair.device.blob, pair.gateway.blob_data) << cut;
        ASSERT_TRUE(pair.device.fetched.has_value()) << cut;
        ASSERT_EQ(pair.gateway.reported_generation, 1U) << cut;
        ASSERT_EQ(pair.device.session.backlog().unacknowledged(), 0U) << cut;
    }
}

TEST(Session, delivers_a_backlog_larger_than_the_ring_with_the_number_of_what_was_lost) {
    Pair pair(1024, 400);
    int kept = 0;
    for (int i = 0; i < 100; ++i) kept += pair.device.log(pair.now, "line " + std::to_string(i)) ? 1 : 0;
    ASSERT_GT(kept, 0);
    ASSERT_LT(kept, 100);
    pair.connect();
    pair.run();
    pair.device.log(pair.now, "after");
    pair.run();
    auto expected = numbered(kept);
    expected.push_back("dropped " + std::to_string(100 - kept));
    expected.push_back("after");
    EXPECT_EQ(pair.gateway.records, expected);
}

TEST(Session, a_gateway_that_has_the_records_already_acknowledges_without_delivering) {
    Pair pair;
    for (const auto& text : numbered(4)) pair.device.log(pair.now, text);
    pair.gateway.store_at_once = false;
    pair.connect();
    pair.run();
    pair.gateway.stored_seq = 3;  // stored, but the connection broke before the Ack
    pair.gateway.records.clear();
    pair.gateway.store_at_once = true;
    pair.connect();
    pair.run();
    EXPECT_EQ(pair.gateway.records, std::vector<std::string>{"line 3"});
    EXPECT_EQ(pair.device.session.backlog().unacknowledged(), 0U);
}

TEST(Session, another_gateway_goes_on_behind_what_the_first_acknowledged) {
    Pair pair;
    for (const auto& text : numbered(2)) pair.device.log(pair.now, text);
    pair.connect();
    pair.run();
    pair.disconnect();
    pair.gateway.stored_seq = 0;  // another one, that knows nothing
    pair.gateway.records.clear();
    pair.device.log(pair.now, "line 2");
    pair.connect();
    pair.run();
    EXPECT_EQ(pair.gateway.records, std::vector<std::string>{"line 2"});
    EXPECT_EQ(pair.device.session.backlog().unacknowledged(), 0U);
}

TEST(Session, heartbeats_keep_an_idle_session_open) {
    Pair pair;
    pair.connect();
    pair.run();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(pair.device.session.next_deadline(), pair.now + Duration::seconds(30));
        pair.wait(Duration::seconds(30));
        pair.run();
    }
    EXPECT_TRUE(pair.both_open());
    EXPECT_EQ(pair.gateway.heartbeats.size(), 20U);
    EXPECT_EQ(pair.gateway.heartbeats.back().time_ms, pair.now.ms);
}

TEST(Session, heartbeats_say_what_the_apps_use_where_the_device_counts_it) {
    Pair pair;
    pair.connect();
    pair.run();
    pair.wait(Duration::seconds(30));
    pair.run();
    EXPECT_FALSE(pair.gateway.heartbeats.back().memory_bytes);
    EXPECT_FALSE(pair.gateway.heartbeats.back().fuel);
    pair.device.memory_bytes = 65'536;
    pair.device.fuel = 4'000'000'000U;
    pair.wait(Duration::seconds(30));
    pair.run();
    EXPECT_EQ(pair.gateway.heartbeats.back().memory_bytes, 65'536U);
    EXPECT_EQ(pair.gateway.heartbeats.back().fuel, 4'000'000'000U);
}

TEST(Session, both_sides_notice_three_missed_heartbeats) {
    Pair pair;
    pair.connect();
    pair.run();
    for (int i = 0; i < 2; ++i) pair.wait(Duration::seconds(30));
    EXPECT_TRUE(pair.both_open());
    pair.wait(Duration::seconds(30));
    EXPECT_EQ(pair.device.session.closed(), CloseReason::peer_silent);
    EXPECT_EQ(pair.session->closed(), CloseReason::peer_silent);
    EXPECT_EQ(pair.device.session.next_deadline(), kNever);
}

TEST(Session, serves_a_blob_that_is_there_later) {
    Pair pair;
    pair.gateway.blob_here = false;
    pair.gateway.blob_data = pattern(100);
    pair.connect();
    pair.run();
    pair.device.session.fetch(kBlobDigest, 0, 1000);
    pair.run();
    EXPECT_FALSE(pair.device.fetched.has_value());
    pair.gateway.blob_here = true;
    pair.run();
    EXPECT_FALSE(pair.device.fetched.has_value()) << "asks again only when told";
    pair.session->blob_ready();
    pair.run();
    EXPECT_EQ(pair.device.fetched, 100U);
}

TEST(Session, fetches_an_empty_blob_and_one_that_was_complete_already) {
    Pair pair;
    pair.connect();
    pair.run();
    pair.device.session.fetch(kBlobDigest, 0, 1000);
    pair.run();
    EXPECT_EQ(pair.device.fetched, 0U);
    pair.gateway.blob_data = pattern(50);
    pair.device.blob = pattern(50);
    pair.device.fetched.reset();
    pair.device.session.fetch(kBlobDigest, 50, 1000);
    pair.run();
    EXPECT_EQ(pair.device.fetched, 50U);
}

TEST(Session, says_why_a_fetch_failed) {
    Pair pair;
    pair.gateway.blob_data = pattern(1001);
    pair.connect();
    pair.run();
    pair.device.session.fetch(digest_named(9), 0, 1000);
    pair.run();
    EXPECT_EQ(pair.device.fetch_failure, FetchFailure::not_found);
    pair.device.session.fetch(kBlobDigest, 0, 1000);
    pair.run();
    EXPECT_EQ(pair.device.fetch_failure, FetchFailure::too_large);
    EXPECT_TRUE(pair.device.blob.empty());
    pair.device.fetch_failure.reset();
    pair.device.session.fetch(kBlobDigest, 1002, 2000);
    pair.run();
    EXPECT_EQ(pair.device.fetch_failure, FetchFailure::refused);
    EXPECT_TRUE(pair.both_open());
}

TEST(Session, gives_up_one_fetch_for_another) {
    Pair pair;
    pair.gateway.blob_data = pattern(5000);
    pair.connect();
    pair.run();
    pair.device.session.fetch(kBlobDigest, 0, 9000);
    const Bytes asked = pair.device.session.poll_output(pair.now);
    pair.session->on_bytes(pair.now, asked);
    pair.device.session.consumed(asked.size());
    pair.device.session.fetch(kBlobDigest, 0, 9000);
    pair.run();
    EXPECT_EQ(pair.device.blob, pair.gateway.blob_data);
}

TEST(Session, a_refused_device_is_told_and_closes) {
    Pair pair;
    pair.gateway.welcome_at_once = false;
    pair.connect();
    pair.run();
    pair.session->refuse("suspended");
    pair.run();
    EXPECT_EQ(pair.session->closed(), CloseReason::refused);
    EXPECT_EQ(pair.device.session.closed(), CloseReason::refused);
}

TEST(Session, welcome_may_come_later) {
    Pair pair;
    pair.gateway.welcome_at_once = false;
    pair.device.log(pair.now, "early");
    pair.connect();
    pair.run();
    EXPECT_FALSE(pair.device.session.welcomed());
    EXPECT_TRUE(pair.gateway.records.empty());
    pair.gateway.welcome();
    pair.run();
    EXPECT_TRUE(pair.device.session.welcomed());
    EXPECT_EQ(pair.gateway.records, std::vector<std::string>{"early"});
}

TEST(Session, a_desired_state_that_does_not_fit_the_device_closes_with_that_reason) {
    Pair pair(300);
    const std::string uid(36, 'u');
    const proto::DesiredApp app{.app = uid, .manifest = digest_named(1), .run = true};
    pair.gateway.apps.assign(10, app);
    pair.connect();
    pair.run();
    EXPECT_EQ(pair.session->closed(), CloseReason::does_not_fit);
}

}  // namespace
}  // namespace wasmbed::link
