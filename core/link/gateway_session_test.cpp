// The gateway's side against a peer that does not keep the rules.

#include "core/link/gateway_session.hpp"

#include <gtest/gtest.h>

#include "core/link/testing.hpp"

namespace wasmbed::link {
namespace {

struct Peer {
    Peer() {
        gateway.session = &session;
        gateway.now = now;
    }
    void send(const std::vector<std::uint8_t>& bytes) { session.on_bytes(now, bytes); }
    template <class M>
    void send(const M& message, proto::MessageId id = 1) {
        send(wire_bytes(message, id));
    }
    void hello() {
        send(TestDevice::hello(1024));
        static_cast<void>(take_frames(session, now));
    }
    proto::Error error() { return message_in<proto::Error>(kept = take_frames(session, now)); }

    Instant now{5000};
    HeapMemory memory;
    TestGateway gateway;
    GatewaySession session{now, memory, gateway};
    std::vector<std::vector<std::uint8_t>> kept;
};

proto::Log record(std::uint64_t seq, const proto::BootId& boot = kBoot) {
    return {.head = {.boot_id = boot, .seq = seq, .uptime_ms = 1}, .level = LogLevel::info, .source = {}, .text = "x"};
}

TEST(GatewaySession, closes_when_the_first_message_is_not_hello) {
    Peer peer;
    peer.send(record(1));
    EXPECT_EQ(peer.session.closed(), CloseReason::not_expected);
    EXPECT_EQ(peer.error().code, proto::ErrorCode::not_expected);
    EXPECT_TRUE(peer.gateway.records.empty());
}

TEST(GatewaySession, closes_at_a_second_hello) {
    Peer peer;
    peer.hello();
    peer.send(TestDevice::hello(1024));
    EXPECT_EQ(peer.session.closed(), CloseReason::not_expected);
    EXPECT_EQ(peer.gateway.hellos, 1);
}

TEST(GatewaySession, takes_nothing_between_hello_and_welcome) {
    Peer peer;
    peer.gateway.welcome_at_once = false;
    peer.hello();
    peer.send(record(1));
    EXPECT_EQ(peer.session.closed(), CloseReason::not_expected);
}

TEST(GatewaySession, refuses_another_protocol_and_frames_too_small) {
    for (int variant = 0; variant < 3; ++variant) {
        Peer peer;
        proto::Hello hello = TestDevice::hello(1024);
        if (variant == 0) hello.protocol = 2;
        if (variant == 1) hello.frame_max = kFrameBytesMin - 1;
        if (variant == 2) hello.record_max = 10;
        peer.send(hello);
        EXPECT_EQ(peer.session.closed(), CloseReason::refused);
        EXPECT_EQ(peer.error().code, proto::ErrorCode::refused);
        EXPECT_EQ(peer.gateway.hellos, 0);
    }
}

TEST(GatewaySession, limits_frames_to_2048_bytes_before_hello_and_65536_after) {
    Peer before;
    before.send(std::vector<std::uint8_t>{0, 0, 8, 1});
    EXPECT_EQ(before.session.closed(), CloseReason::frame_too_large);
    EXPECT_EQ(before.error().code, proto::ErrorCode::too_large);
    EXPECT_EQ(before.memory.borrowed, 0);

    Peer after;
    after.hello();
    after.send(std::vector<std::uint8_t>{0, 1, 0, 0});
    EXPECT_EQ(after.session.closed(), CloseReason::none);
    Peer beyond;
    beyond.hello();
    beyond.send(std::vector<std::uint8_t>{0, 1, 0, 1});
    EXPECT_EQ(beyond.session.closed(), CloseReason::frame_too_large);
}

TEST(GatewaySession, keeps_records_to_the_size_hello_names) {
    Peer peer;
    EXPECT_EQ(peer.session.record_limit(), kBeforeHelloBytesMax);
    peer.hello();
    EXPECT_EQ(peer.session.record_limit(), 512U);
}

TEST(GatewaySession, answers_unknown_types_and_goes_on) {
    Peer peer;
    peer.hello();
    for (int i = 0; i < 3; ++i) peer.send(std::vector<std::uint8_t>{0, 0, 0, 5, 0x83, 0x18, 0x63, 0x18, 0xC8});
    EXPECT_EQ(peer.session.closed(), CloseReason::malformed);  // cut off: no body

    Peer good;
    good.hello();
    good.send(std::vector<std::uint8_t>{0, 0, 0, 6, 0x83, 0x18, 0x63, 0x18, 0xC8, 0xA0});
    EXPECT_EQ(good.session.closed(), CloseReason::none);
    EXPECT_EQ(good.error().code, proto::ErrorCode::unknown_type);
    EXPECT_EQ(proto::decode_envelope(good.kept.at(0))->id, 99U);
}

TEST(GatewaySession, never_answers_an_error) {
    Peer peer;
    peer.hello();
    peer.send(proto::Error{.code = proto::ErrorCode::unknown_type, .text = "what?"});
    EXPECT_TRUE(take_frames(peer.session, peer.now).empty());
    EXPECT_EQ(peer.session.closed(), CloseReason::none);
}

TEST(GatewaySession, is_not_made_to_grow_by_a_peer_that_does_not_read) {
    Peer peer;
    peer.hello();
    const std::vector<std::uint8_t> unknown{0, 0, 0, 6, 0x83, 0x18, 0x63, 0x18, 0xC8, 0xA0};
    for (int i = 0; i < 10000; ++i) peer.send(unknown);
    EXPECT_EQ(peer.memory.borrowed, 1);
    EXPECT_LE(peer.session.poll_output(peer.now).size(), 512U);
}

TEST(GatewaySession, closes_at_garbage_and_empty_frames) {
    Peer garbage;
    garbage.send(std::vector<std::uint8_t>{0, 0, 0, 3, 0xFF, 0xFF, 0xFF});
    EXPECT_EQ(garbage.session.closed(), CloseReason::malformed);
    EXPECT_EQ(garbage.error().code, proto::ErrorCode::malformed);
    garbage.send(TestDevice::hello(1024));
    EXPECT_EQ(garbage.gateway.hellos, 0) << "input after the end is ignored";
    Peer empty;
    empty.send(std::vector<std::uint8_t>{0, 0, 0, 0});
    EXPECT_EQ(empty.session.closed(), CloseReason::malformed);
}

TEST(GatewaySession, closes_at_messages_of_the_other_side) {
    Peer peer;
    peer.hello();
    peer.send(proto::Ack{.boot_id = kBoot, .seq = 1});
    EXPECT_EQ(peer.session.closed(), CloseReason::not_expected);
}

TEST(GatewaySession, delivers_replayed_records_once_and_closes_at_a_gap) {
    Peer peer;
    peer.hello();
    peer.send(record(1));
    peer.send(record(2));
    peer.send(record(1));
    peer.send(record(2));
    EXPECT_EQ(peer.gateway.records.size(), 2U);
    EXPECT_EQ(message_in<proto::Ack>(take_frames(peer.session, peer.now)).seq, 2U);
    peer.send(record(4));
    EXPECT_EQ(peer.gateway.records.size(), 2U);
    EXPECT_EQ(peer.session.closed(), CloseReason::out_of_sequence);
}

TEST(GatewaySession, refuses_records_of_another_boot) {
    Peer peer;
    peer.hello();
    peer.send(record(1, proto::BootId{9}));
    EXPECT_EQ(peer.session.closed(), CloseReason::out_of_sequence);
    EXPECT_TRUE(peer.gateway.records.empty());
}

TEST(GatewaySession, acknowledges_only_what_is_stored) {
    Peer peer;
    peer.gateway.store_at_once = false;
    peer.hello();
    peer.send(record(1));
    peer.send(record(2));
    EXPECT_TRUE(take_frames(peer.session, peer.now).empty());
    peer.session.stored(7);  // never received
    EXPECT_TRUE(take_frames(peer.session, peer.now).empty());
    peer.session.stored(1);
    EXPECT_EQ(message_in<proto::Ack>(take_frames(peer.session, peer.now)).seq, 1U);
    peer.session.stored(1);
    EXPECT_TRUE(take_frames(peer.session, peer.now).empty());
}

TEST(GatewaySession, answers_busy_when_more_is_fetched_than_the_window_allows) {
    Peer peer;
    peer.gateway.blob_here = false;
    peer.hello();
    for (proto::MessageId id = 1; id <= 5; ++id)
        peer.send(proto::Fetch{.digest = kBlobDigest, .offset = 0, .length = 10}, id);
    EXPECT_EQ(peer.error().code, proto::ErrorCode::busy);
    EXPECT_EQ(proto::decode_envelope(peer.kept.at(0))->id, 5U);
}

TEST(GatewaySession, tells_only_the_size_when_length_is_zero) {
    Peer peer;
    peer.gateway.blob_data.resize(77);
    peer.hello();
    peer.send(proto::Fetch{.digest = kBlobDigest, .offset = 0, .length = 0});
    const auto frames = take_frames(peer.session, peer.now);
    EXPECT_EQ(message_in<proto::Chunk>(frames).total, 77U);
    EXPECT_TRUE(message_in<proto::Chunk>(frames).data.empty());
}

TEST(GatewaySession, a_chunk_fits_the_devices_frame_and_one_record) {
    Peer peer;
    peer.gateway.blob_data.resize(100000);
    peer.hello();
    peer.send(proto::Fetch{.digest = kBlobDigest, .offset = 0, .length = UINT32_MAX});
    const auto frames = take_frames(peer.session, peer.now);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_LE(frames[0].size() + proto::kFramePrefixBytes, 512U);
    EXPECT_GT(message_in<proto::Chunk>(frames).data.size(), 400U);
}

TEST(GatewaySession, ends_when_hello_does_not_come) {
    Peer peer;
    EXPECT_EQ(peer.session.next_deadline(), peer.now + kFirstMessageTimeout);
    peer.session.on_time(peer.now + Duration::seconds(29));
    EXPECT_EQ(peer.session.closed(), CloseReason::none);
    peer.session.on_time(peer.session.next_deadline());
    EXPECT_EQ(peer.session.closed(), CloseReason::no_hello);
}

TEST(GatewaySession, ends_when_there_is_no_memory_for_a_split_frame) {
    Peer peer;
    peer.memory.limit = 600;
    peer.hello();
    peer.send(std::vector<std::uint8_t>{0, 0, 0x10, 0, 0x83});
    EXPECT_EQ(peer.session.closed(), CloseReason::no_memory);
}

TEST(GatewaySession, is_small) {
    // ≤ 24 KB per idle session with TLS (targets.md); nearly all of it is OpenSSL's.
    EXPECT_LE(sizeof(GatewaySession), 768U);
}

}  // namespace
}  // namespace wasmbed::link
