#include "core/hostapi/permissions.hpp"

#include <gtest/gtest.h>

namespace wasmbed::hostapi {
namespace {

TEST(Permissions, led_covers_exactly_its_number) {
    const auto permission = parse_permission("led:1");
    ASSERT_TRUE(permission);
    EXPECT_EQ(permission->kind, PermissionKind::Led);
    EXPECT_TRUE(permission->covers("1"));
    EXPECT_FALSE(permission->covers("10"));
    EXPECT_FALSE(permission->covers("0"));
}

TEST(Permissions, led_star_covers_every_led) {
    const auto permission = parse_permission("led:*");
    ASSERT_TRUE(permission);
    EXPECT_TRUE(permission->covers("0"));
    EXPECT_TRUE(permission->covers("17"));
}

TEST(Permissions, storage_star_covers_keys_with_the_prefix) {
    const auto permission = parse_permission("storage:state/*");
    ASSERT_TRUE(permission);
    EXPECT_TRUE(permission->covers("state/count"));
    EXPECT_TRUE(permission->covers("state/"));
    EXPECT_FALSE(permission->covers("state"));
    EXPECT_FALSE(permission->covers("secret"));
}

TEST(Permissions, storage_without_star_covers_one_key) {
    const auto permission = parse_permission("storage:count");
    ASSERT_TRUE(permission);
    EXPECT_TRUE(permission->covers("count"));
    EXPECT_FALSE(permission->covers("count2"));
}

TEST(Permissions, rejects_what_is_not_in_the_grammar) {
    for (const char* text :
         {"", "led", "led:", "led:a", "led:01", "led:-1", "led:1*", "led:123456", "gpio:1:in", ":1"}) {
        EXPECT_FALSE(parse_permission(text)) << text;
    }
}

}  // namespace
}  // namespace wasmbed::hostapi
