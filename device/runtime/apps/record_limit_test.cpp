#include "device/runtime/apps/record_limit.hpp"

#include <gtest/gtest.h>

namespace wasmbed::apps {
namespace {

/// Lines of 16 bytes that are taken at this moment.
int lines_taken(RecordLimit& limit, Instant now) {
    int count = 0;
    while (limit.take(now, 16)) ++count;
    return count;
}

TEST(RecordLimit, takes_a_burst_then_the_rate) {
    RecordLimit limit;
    const int burst = RecordLimit::kBurstBytes / (16 + RecordLimit::kRecordBytes);
    EXPECT_EQ(lines_taken(limit, Instant{0}), burst);
    EXPECT_EQ(lines_taken(limit, Instant{1000}), RecordLimit::kBytesPerSecond / (16 + RecordLimit::kRecordBytes));
    EXPECT_EQ(lines_taken(limit, Instant{60'000}), burst) << "a pause fills the bucket, and no more";
}

TEST(RecordLimit, counts_what_it_dropped_once) {
    RecordLimit limit;
    lines_taken(limit, Instant{0});
    EXPECT_FALSE(limit.take(Instant{0}, 16));
    EXPECT_EQ(limit.take_dropped(), 2u);
    EXPECT_EQ(limit.take_dropped(), 0u);
}

TEST(RecordLimit, takes_the_longest_line_when_full) {
    RecordLimit limit;
    EXPECT_TRUE(limit.take(Instant{0}, 1'000'000));
}

TEST(RecordLimit, steps_of_a_millisecond_add_up) {
    RecordLimit limit;
    lines_taken(limit, Instant{0});
    int count = 0;
    for (std::uint64_t ms = 1; ms <= 1000; ++ms) count += limit.take(Instant{ms}, 16) ? 1 : 0;
    EXPECT_GE(count, 15);
}

}  // namespace
}  // namespace wasmbed::apps
