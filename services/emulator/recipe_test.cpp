#include "services/emulator/recipe.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

namespace wasmbed::emulator {
namespace {

constexpr char kGood[] =
    R"({"kind": "qemu", "binary": "qemu-system-arm", "minVersion": "7.2", "hostAddress": "10.0.2.2",
    "args": ["-kernel", "{firmware}"], "entropy": "pipe",
    "store": {"bytes": 16777216, "factoryOffset": 0, "factoryBytes": 4096}, "firmware": "elf"})";

TEST(Recipe, reads_all_members) {
    auto recipe = parse_recipe(kGood);
    ASSERT_TRUE(recipe) << recipe.error();
    EXPECT_EQ(recipe->kind, Recipe::Kind::qemu);
    EXPECT_EQ(recipe->binary, "qemu-system-arm");
    EXPECT_EQ(recipe->args, (std::vector<std::string>{"-kernel", "{firmware}"}));
    EXPECT_TRUE(recipe->entropy_pipe);
    EXPECT_EQ(recipe->store.bytes, 16u << 20);
    EXPECT_EQ(recipe->store.factory_bytes, 4096u);
}

TEST(Recipe, names_what_is_wrong) {
    EXPECT_EQ(parse_recipe(R"({"kind": "magic"})").error(), "kind must be \"qemu\" or \"process\"");
    EXPECT_EQ(parse_recipe(R"({"kind": "process", "hostAddress": "127.0.0.1", "args": [1]})").error(),
              "args must be an array of strings");
    EXPECT_EQ(parse_recipe(R"({"kind": "process", "hostAddress": "127.0.0.1", "args": [],
                               "store": {"bytes": 4096, "factoryOffset": 1, "factoryBytes": 4096}})")
                  .error(),
              "store: the factory partition must lie inside the store");
    EXPECT_FALSE(parse_recipe("{"));
}

TEST(Placeholders, are_filled_and_unknown_ones_refused) {
    const std::map<std::string, std::string> values{{"store", "s.img"}, {"qmp", "q.sock"}};
    EXPECT_EQ(fill_placeholders("mem-path={store},x={qmp}", values), "mem-path=s.img,x=q.sock");
    EXPECT_EQ(fill_placeholders("plain", values), "plain");
    EXPECT_EQ(fill_placeholders("{nothing}", values).error(), "unknown placeholder {nothing} in \"{nothing}\"");
    EXPECT_EQ(fill_placeholders("{store", values).error(), "'{' without '}' in \"{store\"");
}

TEST(Version, compares_by_numbers) {
    EXPECT_TRUE(version_at_least("7.2.22", "7.2"));
    EXPECT_TRUE(version_at_least("10.0.2", "7.2"));
    EXPECT_FALSE(version_at_least("5.2.0", "7.2"));
    EXPECT_FALSE(version_at_least("7.2", "7.2.1"));
    EXPECT_FALSE(version_at_least("", "7.2"));
    EXPECT_EQ(find_version("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg)"), "7.2.22");
    EXPECT_EQ(find_version("no number"), "");
    EXPECT_EQ(find_version("version 7"), "");
}

TEST(Board, unknown_and_unbuilt_boards_are_explained) {
    std::string directory = testing::TempDir() + "wasmbed-recipe-XXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    std::ofstream(directory + "/mps2.emulator.json") << kGood;
    EXPECT_EQ(load_board(directory, "esp32").error(),
              "board 'esp32' cannot be emulated; boards with an emulator recipe in " + directory + ": mps2");
    EXPECT_FALSE(load_board(directory, "../mps2"));
    EXPECT_EQ(load_board(directory, "mps2").error(),
              "the firmware " + directory + "/mps2.elf does not exist; `./dev build` makes it");
    std::ofstream(directory + "/mps2.elf") << "elf";
    EXPECT_TRUE(load_board(directory, "mps2"));
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace wasmbed::emulator
