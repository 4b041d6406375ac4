#include "core/base/text_writer.hpp"

#include <gtest/gtest.h>

namespace wasmbed {
namespace {

TEST(TextWriter, writes_numbers_at_their_limits) {
    char buffer[64];
    EXPECT_EQ(TextWriter(buffer).decimal(UINT64_MAX).view(), "18446744073709551615");
    EXPECT_EQ(TextWriter(buffer).signed_decimal(INT64_MIN).view(), "-9223372036854775808");
    EXPECT_EQ(TextWriter(buffer).hex(0).view(), "0");
    EXPECT_EQ(TextWriter(buffer).hex(0xab, 4).view(), "00ab");
    EXPECT_EQ(TextWriter(buffer).hex(UINT64_MAX).view(), "ffffffffffffffff");
    const std::uint8_t bytes[] = {0x00, 0x7f};
    EXPECT_EQ(TextWriter(buffer).hex_bytes(bytes).view(), "007f");
}

TEST(TextWriter, cuts_what_does_not_fit_and_says_so) {
    char buffer[3];
    TextWriter out(buffer);
    out.text("ab");
    EXPECT_FALSE(out.truncated());
    out.text("\u00fc");
    EXPECT_TRUE(out.truncated());
    EXPECT_EQ(out.view(), "ab");
}

TEST(TextWriter, writes_the_uptime_as_consoles_show_it) {
    char buffer[64];
    EXPECT_EQ(TextWriter(buffer).uptime(0).view(), "[     0.000] ");
    EXPECT_EQ(TextWriter(buffer).uptime(61'012).view(), "[    61.012] ");
    EXPECT_EQ(TextWriter(buffer).uptime(1'234'567'890).view(), "[1234567.890] ");
}

}  // namespace
}  // namespace wasmbed
