#include "host/fleet/app_needs.hpp"

#include <gtest/gtest.h>

namespace wasmbed::fleet {
namespace {

const Capacity kBoard{10'000, 100'000, 50'000, {"wasm", "storage", "led", "leds:2", "gpio"}};

std::string missing(std::vector<std::string> permissions, const Capacity& capacity = kBoard) {
    return lacking({1'000, 1'000, 0, std::move(permissions)}, capacity).value_or("nothing");
}

TEST(AppNeeds, names_the_bytes_that_are_missing) {
    EXPECT_EQ(lacking({1'000, 12'000, 0, {}}, kBoard),
              "needs 12000 bytes of RAM for apps and has 10000, so 2000 bytes are missing");
    EXPECT_EQ(lacking({1'000, 10'000, 99'000, {}}, kBoard), std::nullopt);
    EXPECT_TRUE(lacking({1'000, 10'000, 99'001, {}}, kBoard).has_value());
    EXPECT_TRUE(lacking({50'001, 0, 0, {}}, kBoard).has_value());
}

TEST(AppNeeds, names_the_led_that_is_not_there) {
    EXPECT_EQ(missing({"led:0", "led:1", "led:*"}), "nothing");
    EXPECT_EQ(missing({"led:1", "led:2"}), "has no led:2: its 2 LEDs are led:0 to led:1");
}

TEST(AppNeeds, names_the_hardware_that_is_not_there) {
    EXPECT_EQ(missing({"gpio:3:out", "storage:*"}), "nothing");
    EXPECT_EQ(missing({"i2c:0:0x48"}), "has no i2c, which i2c:0:0x48 is for");
    EXPECT_EQ(missing({"sensor:temperature"}), "has no sensor, which sensor:temperature is for");
}

TEST(AppNeeds, does_not_guess_what_a_device_did_not_say) {
    Capacity silent = kBoard;
    silent.features.clear();
    EXPECT_EQ(missing({"i2c:0:0x48", "led:9"}, silent), "nothing");
    silent.features = {"wasm", "led"};  // firmware that does not tell how many
    EXPECT_EQ(missing({"led:9"}, silent), "nothing");
}

TEST(AppNeeds, comes_back_from_a_revision_as_it_went_in) {
    AppNeeds needs{77, 12'000, 512, {"led:1"}};
    json::value revision{{"spec", {{"module", {{"size", 77}}}, {"needs", needs.to_json()}}}};
    AppNeeds read = needs_from_json(parse_json(json::serialize(revision)).value());
    EXPECT_EQ(read.module_bytes, 77u);
    EXPECT_EQ(read.ram_bytes, 12'000u);
    EXPECT_EQ(read.storage_bytes, 512u);
    EXPECT_EQ(read.permissions, needs.permissions);
}

}  // namespace
}  // namespace wasmbed::fleet
