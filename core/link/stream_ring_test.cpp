#include "core/link/stream_ring.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "core/proto/framing.hpp"

namespace wasmbed::link {
namespace {

constexpr proto::BootId kBoot{1};

struct Seen {
    std::uint64_t seq;
    std::string text;
};

Seen read(Bytes frame) {
    const auto envelope = proto::decode_envelope(frame.subspan(proto::kFramePrefixBytes)).value();
    if (envelope.type == proto::MessageType::dropped) {
        const auto dropped = proto::decode<proto::Dropped>(envelope).value();
        return {dropped.head.seq, "dropped " + std::to_string(dropped.count)};
    }
    const auto log = proto::decode<proto::Log>(envelope).value();
    return {log.head.seq, std::string(log.text)};
}

TEST(StreamRing, repairs_text_that_is_not_utf8) {
    std::vector<std::uint8_t> memory(200);
    StreamRing ring(memory, kBoot);
    EXPECT_TRUE(ring.log({}, LogLevel::info, "", bytes_of("a\xFF")));
    EXPECT_EQ(read(ring.next()).text, "a?");
}

TEST(StreamRing, counts_what_does_not_fit_as_lost) {
    std::vector<std::uint8_t> memory(60);
    StreamRing ring(memory, kBoot);
    EXPECT_FALSE(ring.log({}, LogLevel::info, "", bytes_of(std::string(200, 'x'))));
    EXPECT_EQ(ring.lost_total(), 1U);
    ring.note_losses({});
    EXPECT_EQ(read(ring.next()).text, "dropped 1");
}

TEST(StreamRing, works_with_no_memory_at_all) {
    StreamRing ring({}, kBoot);
    EXPECT_FALSE(ring.log({}, LogLevel::info, "", bytes_of("x")));
    ring.note_losses({});
    EXPECT_TRUE(ring.next().empty());
    ring.rewind();
    EXPECT_FALSE(ring.acknowledge(1));
}

// Against a model, with all sizes of records and memory: order, numbers and contents hold through every wrap.
TEST(StreamRing, keeps_order_numbers_and_contents_through_every_wrap) {
    for (std::size_t bytes = 50; bytes < 400; bytes += 7) {
        std::mt19937 random(static_cast<unsigned>(bytes));
        std::vector<std::uint8_t> memory(bytes);
        StreamRing ring(memory, kBoot);
        std::vector<std::string> model;  // all records that were kept, by seq - 1
        std::uint64_t lost = 0;
        std::uint64_t acknowledged = 0;
        std::uint64_t sent = 0;
        std::uint64_t sent_max = 0;
        for (int step = 0; step < 3000; ++step) {
            switch (random() % 5) {
                case 0:
                case 1: {
                    const std::string text(random() % 60, static_cast<char>('a' + random() % 26));
                    const std::size_t before = ring.unacknowledged();
                    const bool kept = ring.log({}, LogLevel::info, "", bytes_of(text));
                    const std::size_t added = ring.unacknowledged() - before;
                    if (added == (kept ? 2U : 1U)) {
                        model.push_back("dropped " + std::to_string(lost));
                        lost = 0;
                    }
                    if (kept) model.push_back(text);
                    if (!kept) ++lost;
                    break;
                }
                case 2:
                    if (const Bytes frame = ring.next(); !frame.empty()) {
                        const Seen seen = read(frame);
                        ASSERT_EQ(seen.seq, sent + 1);
                        ASSERT_EQ(seen.text, model.at(sent));
                        ring.advance();
                        ++sent;
                        sent_max = std::max(sent_max, sent);
                    }
                    break;
                case 3:
                    if (sent_max > acknowledged) {
                        acknowledged += 1 + random() % (sent_max - acknowledged);
                        ASSERT_TRUE(ring.acknowledge(acknowledged));
                        sent = std::max(sent, acknowledged);
                    }
                    ASSERT_FALSE(ring.acknowledge(sent_max + 1));
                    break;
                default:
                    if (random() % 8 == 0) {
                        ring.rewind();
                        sent = acknowledged;
                    }
            }
            ASSERT_EQ(ring.unacknowledged(), model.size() - acknowledged);
        }
        ASSERT_GT(acknowledged, 20U) << bytes;
    }
}

}  // namespace
}  // namespace wasmbed::link
