#include "core/base/fixed_vector.hpp"

#include <gtest/gtest.h>

namespace wasmbed {
namespace {

TEST(FixedVector, refuses_one_more_than_it_holds) {
    FixedVector<int, 2> v;
    EXPECT_TRUE(v.push_back(1));
    EXPECT_TRUE(v.push_back(2));
    EXPECT_FALSE(v.push_back(3));
    EXPECT_EQ(v.size(), 2U);
}

TEST(FixedVector, erase_keeps_the_order_of_the_rest) {
    FixedVector<int, 4> v{1, 2, 3};
    v.erase(0);
    EXPECT_EQ(v[0], 2);
    EXPECT_EQ(v[1], 3);
    EXPECT_EQ(v.size(), 2U);
}

TEST(FixedVectorDeathTest, index_beyond_the_end_ends_the_program) {
    FixedVector<int, 2> v{1};
    EXPECT_DEATH(static_cast<void>(v[1]), "");
}

}  // namespace
}  // namespace wasmbed
