#include "core/base/utf8.hpp"

#include <gtest/gtest.h>

#include "core/base/fixed_string.hpp"

namespace wasmbed {
namespace {

TEST(Utf8, accepts_every_length_of_character) {
    EXPECT_TRUE(utf8_valid(bytes_of("a\u00fc\u6c34\U00010151")));
    EXPECT_TRUE(utf8_valid({}));
}

TEST(Utf8, rejects_overlong_surrogates_out_of_range_and_cut_characters) {
    for (std::string_view bad : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                                 "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xE6\xB0", "\xE6\xB0\x41", "\xFF"}) {
        EXPECT_FALSE(utf8_valid(bytes_of(bad)));
    }
    EXPECT_EQ(utf8_valid_prefix(bytes_of("ab\xFFz")), 2U);
}

TEST(Utf8, clip_never_splits_a_character) {
    EXPECT_EQ(utf8_clip("a\u6c34", 4), "a\u6c34");
    EXPECT_EQ(utf8_clip("a\u6c34", 3), "a");
    EXPECT_EQ(utf8_clip("\u6c34", 2), "");
    EXPECT_EQ(utf8_clip("abc", 2), "ab");
    EXPECT_EQ(utf8_clip("abc", 0), "");
}

TEST(Utf8, sanitize_replaces_what_is_not_text) {
    char out[8];
    EXPECT_EQ(utf8_sanitize(bytes_of("a\xFF\u00fcz"), out), "a?\u00fcz");
    EXPECT_EQ(utf8_sanitize(bytes_of("1234567\u00fc"), out), "1234567");
}

TEST(FixedString, cuts_at_a_character_and_says_so) {
    FixedString<4> text;
    EXPECT_TRUE(text.assign("abcd"));
    EXPECT_FALSE(text.assign("abc\u00fc"));
    EXPECT_EQ(text.view(), "abc");
}

}  // namespace
}  // namespace wasmbed
