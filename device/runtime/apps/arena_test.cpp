#include "device/runtime/apps/arena.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace wasmbed::apps {
namespace {

class AppArenaTest : public testing::Test {
  protected:
    std::uint8_t* take(std::size_t app, std::size_t bytes) {
        const MutableBytes gap = arena_.largest_gap();
        return arena_.take(app, gap, bytes) ? arena_.block(app).data() : nullptr;
    }

    alignas(16) std::uint8_t memory_[1024];
    AppArena arena_{memory_};
};

TEST_F(AppArenaTest, places_blocks_one_behind_the_other) {
    EXPECT_EQ(take(0, 100), memory_);
    EXPECT_EQ(take(1, 16), memory_ + 112);
    EXPECT_EQ(arena_.largest_gap().size(), 1024u - 128u);
}

TEST_F(AppArenaTest, finds_the_hole_that_a_freed_block_left_when_it_is_the_largest) {
    ASSERT_NE(take(0, 600), nullptr);
    ASSERT_NE(take(1, 200), nullptr);
    arena_.free(0);
    EXPECT_EQ(arena_.largest_gap().data(), memory_);
    EXPECT_EQ(arena_.largest_gap().size(), 608u);
}

TEST_F(AppArenaTest, joins_holes_that_touch) {
    for (std::size_t app = 0; app < 4; ++app) ASSERT_NE(take(app, 256), nullptr);
    EXPECT_TRUE(arena_.largest_gap().empty());
    arena_.free(1);
    arena_.free(2);
    EXPECT_EQ(arena_.largest_gap().data(), memory_ + 256);
    EXPECT_EQ(arena_.largest_gap().size(), 512u);
}

TEST_F(AppArenaTest, refuses_more_than_the_gap_has) {
    EXPECT_EQ(take(0, 1025), nullptr);
    EXPECT_EQ(take(0, 1024), memory_);
}

TEST_F(AppArenaTest, aligns_memory_that_is_not) {
    AppArena skewed{MutableBytes{memory_ + 3, 1000}};
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(skewed.largest_gap().data()) % AppArena::kAlignment, 0u);
    EXPECT_EQ(skewed.size() % AppArena::kAlignment, 0u);
}

}  // namespace
}  // namespace wasmbed::apps
