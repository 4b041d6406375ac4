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

TEST(Permissions, sensor_covers_its_name_and_star_a_prefix) {
    EXPECT_TRUE(parse_permission("sensor:temperature")->covers("temperature"));
    EXPECT_FALSE(parse_permission("sensor:temperature")->covers("temperature2"));
    EXPECT_TRUE(parse_permission("sensor:temp*")->covers("temperature2"));
    EXPECT_FALSE(parse_permission("sensor:"));
}

TEST(Permissions, spi_covers_one_device_or_a_whole_bus) {
    EXPECT_TRUE(parse_permission("spi:0:1")->covers("0:1"));
    EXPECT_FALSE(parse_permission("spi:0:1")->covers("0:10"));
    EXPECT_TRUE(parse_permission("spi:0:*")->covers("0:3"));
    EXPECT_FALSE(parse_permission("spi:0:*")->covers("1:0"));
    for (const char* wrong : {"spi:", "spi:0", "spi:0:", "spi:x:0", "spi:0:x", "spi:*"})
        EXPECT_FALSE(parse_permission(wrong)) << wrong;
}

TEST(Permissions, gpio_covers_one_pin_in_one_direction) {
    EXPECT_TRUE(parse_permission("gpio:3:out")->covers("3:out"));
    EXPECT_FALSE(parse_permission("gpio:3:out")->covers("3:in"));
    EXPECT_FALSE(parse_permission("gpio:3:out")->covers("33:out"));
    for (const char* text : {"gpio:3", "gpio:*", "gpio:3:*", "gpio:3:up", "gpio::in", "gpio:03:in"})
        EXPECT_FALSE(parse_permission(text)) << text;
}

TEST(Permissions, i2c_covers_one_device_or_all_on_a_bus) {
    EXPECT_TRUE(parse_permission("i2c:0:0x48")->covers("0:0x48"));
    EXPECT_FALSE(parse_permission("i2c:0:0x48")->covers("0:0x49"));
    EXPECT_TRUE(parse_permission("i2c:1:*")->covers("1:0x10"));
    EXPECT_FALSE(parse_permission("i2c:1:*")->covers("10:0x10"));
    for (const char* text : {"i2c:0", "i2c:*", "i2c:0:48", "i2c:0:0x4", "i2c:0:0x4G", "i2c:0:0x4*", "i2c::0x48"})
        EXPECT_FALSE(parse_permission(text)) << text;
}

TEST(Permissions, split_gives_what_parse_gives_and_does_not_check_the_subject) {
    for (const char* text : {"led:1", "led:*", "storage:state/*", "sensor:temperature", "gpio:3:out", "i2c:0:0x48"}) {
        const auto split = split_permission(text);
        const auto parsed = parse_permission(text);
        ASSERT_TRUE(split && parsed) << text;
        EXPECT_EQ(split->kind, parsed->kind);
        EXPECT_EQ(split->subject, parsed->subject);
        EXPECT_EQ(split->wildcard, parsed->wildcard);
    }
    EXPECT_TRUE(split_permission("led:a"));
    EXPECT_FALSE(split_permission("led:a")->covers("1"));
    for (const char* text : {"", "led", "can:0:0", ":1"}) EXPECT_FALSE(split_permission(text)) << text;
}

TEST(Permissions, each_kind_has_a_name) {
    EXPECT_EQ(name_of(PermissionKind::Led), "led");
    EXPECT_EQ(name_of(PermissionKind::I2c), "i2c");
    EXPECT_EQ(name_of(PermissionKind::None), "");
}

TEST(Permissions, each_kind_says_how_it_is_written) {
    EXPECT_EQ(grammar_of(PermissionKind::Led), "led:<n> or led:*");
    EXPECT_EQ(grammar_of(PermissionKind::None), "");
}

TEST(Permissions, rejects_what_is_not_in_the_grammar) {
    for (const char* text : {"", "led", "led:", "led:a", "led:01", "led:-1", "led:1*", "led:123456", "can:0:0", ":1"}) {
        EXPECT_FALSE(parse_permission(text)) << text;
    }
}

}  // namespace
}  // namespace wasmbed::hostapi
