#include "core/proto/framing.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace wasmbed::proto {
namespace {

using Status = FrameParser::Status;

std::vector<std::uint8_t> stream(std::initializer_list<std::string_view> frames) {
    std::vector<std::uint8_t> bytes;
    for (std::string_view frame : frames) {
        bytes.insert(bytes.end(),
                     {0, 0, static_cast<std::uint8_t>(frame.size() >> 8), static_cast<std::uint8_t>(frame.size())});
        bytes.insert(bytes.end(), frame.begin(), frame.end());
    }
    return bytes;
}

struct CountingMemory : FrameMemory {
    MutableBytes acquire(std::size_t bytes) override {
        ++acquired;
        memory.resize(bytes);
        return memory;
    }
    void release(MutableBytes) override { ++released; }
    std::vector<std::uint8_t> memory;
    int acquired = 0;
    int released = 0;
};

TEST(FrameParser, hands_out_frames_in_place_when_they_arrive_whole) {
    CountingMemory memory;
    FrameParser parser(memory, 100);
    const auto bytes = stream({"hello", "x"});
    Bytes input = bytes;
    ASSERT_EQ(parser.next(input), Status::frame);
    EXPECT_EQ(text_of(parser.frame()), "hello");
    EXPECT_EQ(parser.frame().data(), bytes.data() + 4);
    ASSERT_EQ(parser.next(input), Status::frame);
    EXPECT_EQ(text_of(parser.frame()), "x");
    EXPECT_EQ(parser.next(input), Status::need_more);
    EXPECT_TRUE(parser.at_boundary());
    EXPECT_EQ(memory.acquired, 0);
}

TEST(FrameParser, joins_frames_cut_at_every_byte) {
    const auto good = stream({"hello", "world!"});
    for (std::size_t cut = 0; cut <= good.size(); ++cut) {
        CountingMemory memory;
        FrameParser parser(memory, 6);
        std::string seen;
        for (Bytes part : {Bytes(good).first(cut), Bytes(good).subspan(cut)}) {
            while (parser.next(part) == Status::frame) seen += std::string(text_of(parser.frame())) + ";";
        }
        EXPECT_EQ(seen, "hello;world!;") << cut;
        EXPECT_EQ(memory.acquired, memory.released) << cut;
    }
}

TEST(FrameParser, refuses_a_frame_longer_than_the_limit_before_it_arrives) {
    CountingMemory memory;
    FrameParser parser(memory, 8);
    const auto bytes = stream({"123456789"});
    Bytes input = Bytes(bytes).first(4);
    EXPECT_EQ(parser.next(input), Status::too_large);
    EXPECT_EQ(parser.announced_bytes(), 9U);
    EXPECT_EQ(memory.acquired, 0);
}

TEST(FrameParser, refuses_an_empty_frame) {
    CountingMemory memory;
    FrameParser parser(memory, 8);
    const std::uint8_t bytes[] = {0, 0, 0, 0};
    Bytes input = bytes;
    EXPECT_EQ(parser.next(input), Status::empty);
}

TEST(FrameParser, says_so_when_there_is_no_memory_for_a_split_frame) {
    std::uint8_t buffer[4];
    FixedFrameMemory memory(buffer);
    FrameParser parser(memory, 100);
    const auto bytes = stream({"hello"});
    Bytes input = Bytes(bytes).first(6);
    EXPECT_EQ(parser.next(input), Status::no_memory);
}

TEST(FrameParser, gives_memory_back_on_reset) {
    CountingMemory memory;
    FrameParser parser(memory, 100);
    const auto bytes = stream({"hello"});
    Bytes input = Bytes(bytes).first(6);
    EXPECT_EQ(parser.next(input), Status::need_more);
    EXPECT_FALSE(parser.at_boundary());
    parser.reset();
    EXPECT_EQ(memory.released, 1);
    EXPECT_TRUE(parser.at_boundary());
}

}  // namespace
}  // namespace wasmbed::proto
