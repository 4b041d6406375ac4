#include "core/base/time.hpp"

#include <gtest/gtest.h>

namespace wasmbed {
namespace {

TEST(Time, adding_to_never_keeps_it) {
    EXPECT_EQ(kNever + Duration{1}, kNever);
    EXPECT_EQ(Instant{UINT64_MAX - 5} + Duration{10}, kNever);
}

TEST(Time, difference_of_reversed_instants_is_zero) {
    EXPECT_EQ(Instant{5} - Instant{7}, Duration{0});
    EXPECT_EQ(Instant{7} - Instant{5}, Duration{2});
}

}  // namespace
}  // namespace wasmbed
