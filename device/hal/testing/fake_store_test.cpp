#include "device/hal/testing/fake_store.hpp"

#include <array>
#include <gtest/gtest.h>

#include "device/hal/contract/store_contract.hpp"

namespace wasmbed::hal {
namespace {

constexpr StoreGeometry kGeometry{.size = 1024, .erase_block = 256, .program_unit = 8};
class FakeHarness {
  public:
    Store& store() { return store_; }

  private:
    FakeStore store_{kGeometry};
};
INSTANTIATE_TYPED_TEST_SUITE_P(FakeStore, StoreContract, FakeHarness);

constexpr std::array<std::uint8_t, 16> kData{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

TEST(FakeStore, refuses_to_program_what_was_never_erased) {
    FakeStore store(kGeometry, 0xFF);
    EXPECT_EQ(store.program(0, kData).error(), StoreError::NotErased);
}

TEST(FakeStore, refuses_to_program_twice_even_erased_bytes) {
    FakeStore store(kGeometry);
    constexpr std::array<std::uint8_t, 8> blank{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    ASSERT_TRUE(store.erase(0, 256));
    ASSERT_TRUE(store.program(0, blank));
    EXPECT_EQ(store.program(0, blank).error(), StoreError::NotErased);
}

TEST(FakeStore, a_cut_at_each_step_leaves_a_prefix_and_fails_until_power_is_back) {
    for (std::uint64_t cut = 0; cut < 3; ++cut) {
        FakeStore store(kGeometry);
        store.cut_power_after(cut);
        const bool erased = store.erase(0, 256).has_value();
        EXPECT_EQ(erased, cut > 0);
        if (erased) {
            EXPECT_EQ(store.program(0, kData).error(), StoreError::Device);
        }
        EXPECT_FALSE(store.powered());
        std::array<std::uint8_t, 16> back{};
        EXPECT_EQ(store.read(0, back).error(), StoreError::Device);
        store.restore_power();
        ASSERT_TRUE(store.read(0, back));
        if (erased) {
            const std::size_t kept = static_cast<std::size_t>(cut - 1) * 8 + 4;
            for (std::size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i], i < kept ? kData[i] : Store::kErased) << i;
            EXPECT_EQ(store.program(0, kData).error(), StoreError::NotErased);
        }
    }
}

TEST(FakeStore, a_broken_place_fails_and_leaves_the_content) {
    FakeStore store(kGeometry, 0x5A);
    store.break_at(300);
    EXPECT_EQ(store.erase(256, 256).error(), StoreError::Device);
    EXPECT_TRUE(store.erase(0, 256));
    EXPECT_EQ(store.mapped(256, 1)[0], 0x5A);
    EXPECT_EQ(store.erase_count(0), 1U);
}

}  // namespace
}  // namespace wasmbed::hal
