// The device's side against a peer that does not keep the rules.

#include "core/link/device_session.hpp"

#include <gtest/gtest.h>

#include "core/link/testing.hpp"

namespace wasmbed::link {
namespace {

struct Peer {
    Peer() {
        device.session.connected(now);
        hello = take_frames(device.session, now);
    }
    void send(const std::vector<std::uint8_t>& bytes) { device.session.on_bytes(now, bytes); }
    template <class M>
    void send(const M& message, proto::MessageId id = 1) {
        send(wire_bytes(message, id));
    }
    void welcome() {
        send(proto::Welcome{.epoch = 1, .heartbeat_seconds = 30});
        static_cast<void>(frames());
    }
    std::vector<std::vector<std::uint8_t>> frames() { return take_frames(device.session, now); }

    Instant now{5000};
    TestDevice device;
    std::vector<std::vector<std::uint8_t>> hello;
};

TEST(DeviceSession, says_hello_and_nothing_else_before_welcome) {
    Peer peer;
    ASSERT_EQ(peer.hello.size(), 1U);
    const auto hello = message_in<proto::Hello>(peer.hello);
    EXPECT_EQ(hello.boot_id, kBoot);
    EXPECT_EQ(hello.uptime_ms, 5000U);
    peer.device.log(peer.now, "x");
    peer.device.session.report_changed();
    EXPECT_TRUE(peer.frames().empty());
}

TEST(DeviceSession, closes_at_desired_before_welcome_and_at_a_second_welcome) {
    Peer early;
    early.send(proto::Desired{});
    EXPECT_EQ(early.device.session.closed(), CloseReason::not_expected);
    Peer twice;
    twice.welcome();
    twice.send(proto::Welcome{.epoch = 2, .heartbeat_seconds = 30});
    EXPECT_EQ(twice.device.session.closed(), CloseReason::not_expected);
    EXPECT_EQ(twice.device.epoch, 1U);
}

TEST(DeviceSession, closes_when_welcome_does_not_come) {
    Peer peer;
    EXPECT_EQ(peer.device.session.next_deadline(), peer.now + kFirstMessageTimeout);
    peer.device.session.on_time(peer.now + kFirstMessageTimeout);
    EXPECT_EQ(peer.device.session.closed(), CloseReason::no_hello);
}

TEST(DeviceSession, refuses_frames_over_the_limit_it_named) {
    Peer peer;
    peer.welcome();
    peer.send(std::vector<std::uint8_t>{0, 0, 4, 1});
    EXPECT_EQ(peer.device.session.closed(), CloseReason::frame_too_large);
    EXPECT_EQ(message_in<proto::Error>(peer.frames()).code, proto::ErrorCode::too_large);
}

TEST(DeviceSession, answers_unknown_types_and_goes_on) {
    Peer peer;
    peer.welcome();
    peer.send(std::vector<std::uint8_t>{0, 0, 0, 6, 0x83, 0x18, 0x63, 0x18, 0xC8, 0xA0});
    EXPECT_EQ(message_in<proto::Error>(peer.frames()).code, proto::ErrorCode::unknown_type);
    EXPECT_EQ(peer.device.session.closed(), CloseReason::none);
}

TEST(DeviceSession, closes_at_malformed_bodies_and_messages_for_a_gateway) {
    Peer malformed;
    malformed.welcome();
    malformed.send(std::vector<std::uint8_t>{0, 0, 0, 4, 0x83, 0x01, 0x0C, 0xA0});  // ack without keys
    EXPECT_EQ(malformed.device.session.closed(), CloseReason::malformed);
    EXPECT_EQ(message_in<proto::Error>(malformed.frames()).text, "missing_key");
    Peer wrong_way;
    wrong_way.welcome();
    wrong_way.send(proto::Reported{});
    EXPECT_EQ(wrong_way.device.session.closed(), CloseReason::not_expected);
}

TEST(DeviceSession, refuses_an_ack_of_what_it_did_not_send_and_ignores_another_boots) {
    Peer peer;
    peer.welcome();
    peer.device.log(peer.now, "x");
    static_cast<void>(peer.frames());
    peer.send(proto::Ack{.boot_id = proto::BootId{9}, .seq = 100});
    EXPECT_EQ(peer.device.session.closed(), CloseReason::none);
    EXPECT_EQ(peer.device.session.backlog().unacknowledged(), 1U);
    peer.send(proto::Ack{.boot_id = kBoot, .seq = 1});
    EXPECT_EQ(peer.device.session.backlog().unacknowledged(), 0U);
    peer.send(proto::Ack{.boot_id = kBoot, .seq = 1});
    EXPECT_EQ(peer.device.session.closed(), CloseReason::none);
    peer.send(proto::Ack{.boot_id = kBoot, .seq = 2});
    EXPECT_EQ(peer.device.session.closed(), CloseReason::out_of_sequence);
}

TEST(DeviceSession, keeps_two_fetches_outstanding_once_the_size_is_known) {
    Peer peer;
    peer.welcome();
    peer.device.session.fetch(kBlobDigest, 0, 10000);
    auto frames = peer.frames();
    ASSERT_EQ(frames.size(), 1U);
    const auto first = message_in<proto::Fetch>(frames);
    const auto id = proto::decode_envelope(frames[0])->id;
    const std::vector<std::uint8_t> data(first.length, 1);
    peer.send(proto::Chunk{.digest = kBlobDigest, .offset = 0, .total = 9000, .data = data}, id);
    frames = peer.frames();
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(message_in<proto::Fetch>(frames).offset, first.length);
    EXPECT_EQ(peer.device.blob.size(), first.length);
}

TEST(DeviceSession, ignores_chunks_nobody_asked_for_and_fails_at_contradictions) {
    Peer peer;
    peer.welcome();
    const std::uint8_t data[] = {1, 2, 3};
    peer.send(proto::Chunk{.digest = kBlobDigest, .offset = 0, .total = 3, .data = data}, 77);
    EXPECT_TRUE(peer.device.blob.empty());
    const proto::Chunk bad[] = {
        {.digest = digest_named(9), .offset = 0, .total = 3, .data = data},  // another blob
        {.digest = kBlobDigest, .offset = 0, .total = 2, .data = data},      // more than there is
        {.digest = kBlobDigest, .offset = 9, .total = 3, .data = {}},        // behind the end
        {.digest = kBlobDigest, .offset = 0, .total = 3, .data = {}},        // no progress
    };
    for (const proto::Chunk& chunk : bad) {
        peer.device.fetch_failure.reset();
        peer.device.session.fetch(kBlobDigest, 0, 1000);
        const auto frames = peer.frames();
        peer.send(chunk, proto::decode_envelope(frames.at(0))->id);
        EXPECT_EQ(peer.device.fetch_failure, FetchFailure::refused);
    }
    EXPECT_TRUE(peer.device.blob.empty());
    EXPECT_EQ(peer.device.session.closed(), CloseReason::none);
}

TEST(DeviceSession, asks_again_for_what_a_short_chunk_left_out) {
    Peer peer;
    peer.welcome();
    peer.device.session.fetch(kBlobDigest, 0, 10000);
    // Whatever is asked, 100 bytes come: the answers to a second request in the window never continue the first.
    std::size_t answers = 0;
    for (auto frames = peer.frames(); !frames.empty() && answers < 100; frames = peer.frames()) {
        for (const auto& frame : frames) {
            const auto envelope = proto::decode_envelope(frame);
            if (envelope->type != proto::MessageType::fetch) continue;
            const auto fetch = proto::decode<proto::Fetch>(*envelope).value();
            const std::vector<std::uint8_t> data(std::min<std::uint64_t>(100, 1000 - fetch.offset), 1);
            peer.send(proto::Chunk{.digest = kBlobDigest, .offset = fetch.offset, .total = 1000, .data = data},
                      envelope->id);
            ++answers;
        }
    }
    EXPECT_EQ(peer.device.fetched, 1000U);
    EXPECT_EQ(peer.device.blob.size(), 1000U);
    EXPECT_LE(answers, 20U);
}

TEST(DeviceSession, takes_a_new_connection_after_the_old_one_failed) {
    Peer peer;
    peer.send(std::vector<std::uint8_t>{0, 0, 0, 0});
    EXPECT_EQ(peer.device.session.closed(), CloseReason::malformed);
    peer.device.session.disconnected();
    peer.device.session.connected(peer.now);
    EXPECT_EQ(message_in<proto::Hello>(peer.frames()).boot_id, kBoot);
    EXPECT_EQ(peer.device.session.closed(), CloseReason::none);
}

}  // namespace
}  // namespace wasmbed::link
