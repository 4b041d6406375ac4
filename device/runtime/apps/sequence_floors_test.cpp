#include "device/runtime/apps/sequence_floors.hpp"

#include <gtest/gtest.h>
#include <string>

#include "device/hal/testing/fake_store.hpp"
#include "device/runtime/crypto/psa_crypto.hpp"

namespace wasmbed::apps {
namespace {

class SequenceFloorsTest : public testing::Test {
  protected:
    SequenceFloorsTest() { EXPECT_TRUE(kv_.open()); }
    hal::FakeStore medium_{{64 * 1024, 4096, 8}};
    store::KvStore kv_{medium_};
    crypto::PsaCrypto crypto_;
    SequenceFloors floors_{kv_, crypto_};
};

TEST_F(SequenceFloorsTest, rises_and_never_falls) {
    EXPECT_EQ(floors_.floor_of("a"), 0U);
    ASSERT_TRUE(floors_.raise("a", 7));
    ASSERT_TRUE(floors_.raise("b", 1));
    ASSERT_TRUE(floors_.raise("a", 3));
    EXPECT_EQ(floors_.floor_of("a"), 7U);
    EXPECT_EQ(floors_.floor_of("b"), 1U);
    ASSERT_TRUE(floors_.raise("a", 8));
    EXPECT_EQ(SequenceFloors(kv_, crypto_).floor_of("a"), 8U) << "it is in the store";
}

TEST_F(SequenceFloorsTest, forgets_the_app_that_was_raised_longest_ago) {
    ASSERT_TRUE(floors_.raise("first", 5));
    ASSERT_TRUE(floors_.raise("second", 5));
    ASSERT_TRUE(floors_.raise("first", 6));
    for (std::size_t i = 0; i < SequenceFloors::kFloorsMax - 1; ++i) ASSERT_TRUE(floors_.raise(std::to_string(i), 1));
    EXPECT_EQ(floors_.floor_of("first"), 6U);
    EXPECT_EQ(floors_.floor_of("second"), 0U);
}

TEST_F(SequenceFloorsTest, a_damaged_record_counts_as_none) {
    ASSERT_TRUE(floors_.raise("a", 7));
    ASSERT_TRUE(kv_.set("apps/floors", bytes_of("short")));
    EXPECT_EQ(floors_.floor_of("a"), 0U);
    EXPECT_TRUE(floors_.raise("a", 2));
    EXPECT_EQ(floors_.floor_of("a"), 2U);
}

}  // namespace
}  // namespace wasmbed::apps
