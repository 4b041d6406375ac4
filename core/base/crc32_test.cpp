#include "core/base/crc32.hpp"

#include <gtest/gtest.h>

namespace wasmbed {
namespace {

TEST(Crc32, gives_the_check_value_of_ieee_802_3) {
    EXPECT_EQ(crc32(bytes_of("123456789")), 0xCBF43926U);
    EXPECT_EQ(crc32({}), 0U);
}

TEST(Crc32, of_pieces_equals_crc_of_the_whole) {
    EXPECT_EQ(crc32(bytes_of("6789"), crc32(bytes_of("12345"))), 0xCBF43926U);
}

}  // namespace
}  // namespace wasmbed
