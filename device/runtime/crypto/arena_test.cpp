#include "device/runtime/crypto/arena.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace wasmbed::crypto {
namespace {

constexpr std::size_t kWord = sizeof(std::size_t);

class ArenaTest : public testing::Test {
  protected:
    ArenaTest() {
        memory_.fill(std::byte{0xA5});
        arena_.begin(memory_);
    }
    alignas(kWord) std::array<std::byte, 1024> memory_;
    Arena arena_;
};

TEST_F(ArenaTest, gives_zeroed_aligned_memory_and_none_when_it_is_full) {
    auto* all = static_cast<std::uint8_t*>(arena_.take(1, memory_.size() - kWord));
    ASSERT_NE(all, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(all) % kWord, 0u);
    for (std::size_t i = 0; i < memory_.size() - kWord; ++i) ASSERT_EQ(all[i], 0);
    EXPECT_EQ(arena_.take(1, 1), nullptr);
    arena_.give_back(all);
    EXPECT_NE(arena_.take(1, 1), nullptr);
}

TEST_F(ArenaTest, gives_nothing_for_nothing_and_for_sizes_that_overflow) {
    EXPECT_EQ(arena_.take(0, 8), nullptr);
    EXPECT_EQ(arena_.take(8, 0), nullptr);
    EXPECT_EQ(arena_.take(SIZE_MAX / 2, 4), nullptr);
    EXPECT_EQ(arena_.take(1, SIZE_MAX), nullptr);
    EXPECT_EQ(arena_.take(1, memory_.size()), nullptr);
    arena_.give_back(nullptr);
    EXPECT_EQ(arena_.peak(), 0u);
}

TEST_F(ArenaTest, joins_what_is_free_again_in_whatever_order) {
    for (const std::array<int, 3>& order : {std::array{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {0, 2, 1}}) {
        void* blocks[3];
        for (void*& block : blocks) block = arena_.take(1, 300);
        ASSERT_NE(blocks[2], nullptr);
        for (const int i : order) arena_.give_back(blocks[i]);
        void* const all = arena_.take(1, memory_.size() - kWord);
        EXPECT_NE(all, nullptr);
        arena_.give_back(all);
    }
}

TEST_F(ArenaTest, says_up_to_where_it_was_ever_used) {
    void* const first = arena_.take(2, 50);
    void* const second = arena_.take(1, 8);
    const std::size_t reached = arena_.peak();
    EXPECT_GE(reached, 108 + 2 * kWord);
    EXPECT_LT(reached, 108 + 4 * kWord);
    arena_.give_back(first);
    arena_.give_back(second);
    (void)arena_.take(1, 8);
    EXPECT_EQ(arena_.peak(), reached);
    EXPECT_EQ(arena_.size(), memory_.size());
}

TEST_F(ArenaTest, keeps_blocks_apart_through_many_of_them) {
    std::mt19937 random{7};
    struct Block {
        std::uint8_t* at;
        std::size_t size;
        std::uint8_t fill;
    };
    std::vector<Block> blocks;
    for (int i = 0; i < 20'000; ++i) {
        if (blocks.size() > 12 || (!blocks.empty() && random() % 2 == 0)) {
            std::swap(blocks[random() % blocks.size()], blocks.back());
            const Block gone = blocks.back();
            for (std::size_t at = 0; at < gone.size; ++at) ASSERT_EQ(gone.at[at], gone.fill);
            arena_.give_back(gone.at);
            blocks.pop_back();
        } else {
            const std::size_t size = 1 + random() % 200;
            auto* const at = static_cast<std::uint8_t*>(arena_.take(1, size));
            if (at == nullptr) continue;
            blocks.push_back({at, size, static_cast<std::uint8_t>(i)});
            std::memset(at, i & 0xFF, size);
        }
    }
}

using ArenaDeathTest = ArenaTest;

TEST_F(ArenaDeathTest, ends_the_program_at_a_block_given_back_twice_or_written_over) {
    auto* const block = static_cast<std::uint8_t*>(arena_.take(1, 64));
    auto* const next = static_cast<std::uint8_t*>(arena_.take(1, 64));
    std::uint8_t foreign = 0;
    EXPECT_DEATH(arena_.give_back(&foreign), "");
    std::memset(block, 0xFF, 64 + kWord);
    EXPECT_DEATH(arena_.give_back(next), "");
    arena_.give_back(block);
    EXPECT_DEATH(arena_.give_back(block), "");
}

}  // namespace
}  // namespace wasmbed::crypto
