#include "device/runtime/crypto/drbg.hpp"

#include <array>
#include <gtest/gtest.h>
#include <set>

#include "device/hal/testing/fake_store.hpp"
#include "device/runtime/crypto/testing/test_psa.hpp"

namespace wasmbed::crypto {
namespace {

using Block = std::array<std::uint8_t, 32>;

// The same "entropy" each time, or none: what a broken source would do.
class FixedEntropy final : public hal::Entropy {
  public:
    bool present = true;

  private:
    Result<void, hal::EntropyError> do_fill(MutableBytes out) override {
        if (!present) return fail(hal::EntropyError::NoData);
        std::fill(out.begin(), out.end(), 0x5A);
        return {};
    }
};

class DrbgTest : public testing::Test {
  protected:
    DrbgTest() { start_test_psa(); }
    hal::FakeStore store_{{.size = 8192, .erase_block = 4096, .program_unit = 8}};
    FixedEntropy entropy_;
    Bytes unit_ = bytes_of("unit-1");
};

TEST_F(DrbgTest, gives_nothing_without_a_source_even_with_a_persisted_seed) {
    {
        Drbg first(&entropy_, &store_);
        ASSERT_TRUE(first.start(unit_));
    }
    Block out{};
    Drbg absent(nullptr, &store_);
    EXPECT_EQ(absent.start(unit_).error(), CryptoError::NoEntropy);
    EXPECT_FALSE(absent.random(out));
    entropy_.present = false;
    Drbg broken(&entropy_, &store_);
    EXPECT_EQ(broken.start(unit_).error(), CryptoError::NoEntropy);
    EXPECT_FALSE(broken.random(out));
    EXPECT_EQ(out, Block{});
    entropy_.present = true;
    EXPECT_TRUE(broken.start(unit_));
    EXPECT_TRUE(broken.random(out));
}

TEST_F(DrbgTest, persisted_seed_makes_boots_differ_even_with_a_source_that_repeats) {
    std::set<Block> seen;
    for (std::uint32_t boot = 1; boot <= 10; ++boot) {
        Drbg drbg(&entropy_, &store_);
        ASSERT_TRUE(drbg.start(unit_));
        EXPECT_EQ(drbg.boot_count(), boot);
        EXPECT_TRUE(drbg.seed_saved());
        Block out;
        ASSERT_TRUE(drbg.random(out));
        EXPECT_TRUE(seen.insert(out).second);
    }
}

TEST_F(DrbgTest, no_seed_is_used_twice_wherever_the_power_is_cut) {
    {
        ASSERT_TRUE(Drbg(&entropy_, &store_).start(unit_));
    }
    std::set<Block> given;
    for (std::uint64_t cut = 0; cut < 8; ++cut) {
        store_.cut_power_after(cut);
        Drbg cut_short(&entropy_, &store_);
        EXPECT_TRUE(cut_short.start(unit_));  // the hardware source alone suffices
        store_.restore_power();
        Drbg next(&entropy_, &store_);
        ASSERT_TRUE(next.start(unit_));
        EXPECT_TRUE(next.seed_saved());
        Block out;
        ASSERT_TRUE(next.random(out));
        EXPECT_TRUE(given.insert(out).second) << cut;
    }
}

TEST_F(DrbgTest, works_without_a_seed_store_and_for_long_requests) {
    Drbg drbg(&entropy_, nullptr);
    ASSERT_TRUE(drbg.start(unit_));
    EXPECT_EQ(drbg.boot_count(), 0U);
    std::array<std::uint8_t, 5000> out{};
    ASSERT_TRUE(drbg.random(out));
    EXPECT_NE(out.back() + out[4999 - 32], 0);
    EXPECT_EQ(Drbg(&entropy_, nullptr).start(Bytes(out).first(33)).error(), CryptoError::BadArgument);
}

}  // namespace
}  // namespace wasmbed::crypto
