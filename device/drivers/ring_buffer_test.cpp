#include "device/drivers/ring_buffer.hpp"

#include <gtest/gtest.h>

namespace wasmbed::drivers {
namespace {

TEST(RingBuffer, keeps_order_and_refuses_what_does_not_fit) {
    RingBuffer<4> ring;
    std::uint8_t next_in = 0;
    std::uint8_t next_out = 0;
    for (int round = 0; round < 1000; ++round) {
        while (ring.push(next_in)) ++next_in;
        EXPECT_EQ(ring.size(), 4U);
        EXPECT_EQ(ring.room(), 0U);
        for (int i = 0; i < 1 + round % 4; ++i) EXPECT_EQ(ring.pop(), next_out++);
    }
    while (!ring.empty()) EXPECT_EQ(ring.pop(), next_out++);
    EXPECT_EQ(next_in, next_out);
}

}  // namespace
}  // namespace wasmbed::drivers
