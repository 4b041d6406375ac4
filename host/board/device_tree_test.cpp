#include "host/board/device_tree.hpp"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace wasmbed::board {
namespace {

namespace fs = std::filesystem;

/// Compiles source text with dtc, as the build does.
class DeviceTreeTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { fs::remove_all(directory_); }
    fs::path compile(const std::string& nodes) const {
        const fs::path source = fs::path(directory_) / "toy.dts";
        const fs::path blob = fs::path(directory_) / "toy.dtb";
        std::ofstream(source) << "/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>; model = \"Toy\";\n"
                              << nodes << "};\n";
        EXPECT_EQ(std::system(("dtc -q -@ -O dtb -o " + blob.string() + " " + source.string()).c_str()), 0);
        return blob;
    }
    std::string error_of(const std::string& nodes) const {
        auto tree = load_device_tree(compile(nodes));
        return tree ? "none" : tree.error().substr(tree.error().find(": ") + 2);
    }

    std::string directory_ = testing::TempDir() + "wasmbed-tree-XXXXXX";
};

constexpr char kBoard[] = R"(
    cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { compatible = "arm,cortex-m4"; reg = <0>; }; };
    memory@60000000 {
        reg = <0x60000000 0x100000>;
        partitions {
            compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;
            partition@1000 { label = "seed"; reg = <0x1000 0x2000>; };
            partition@4000 { label = "factory"; reg = <0x4000 0x1000>; };
        };
    };
    soc {
        #address-cells = <1>; #size-cells = <1>; ranges;
        syscon@40028000 {
            #address-cells = <1>; #size-cells = <1>; reg = <0x40028000 0x1000>;
            led@4,0 { compatible = "register-bit-led"; reg = <4 4>; offset = <4>; mask = <1>; };
            led@4,1 { compatible = "register-bit-led"; reg = <4 4>; offset = <4>; mask = <2>; active-low; };
        };
        i2c@4002a000 {
            #address-cells = <1>; #size-cells = <0>; reg = <0x4002a000 0x1000>;
            sensor@48 { compatible = "ti,tmp105"; reg = <0x48>; label = "temperature"; };
            eeprom@50 { compatible = "atmel,24c02"; reg = <0x50>; };
        };
    };
)";

TEST_F(DeviceTreeTest, finds_core_leds_sensors_and_storage) {
    auto tree = load_device_tree(compile(kBoard));
    ASSERT_TRUE(tree) << tree.error();
    EXPECT_EQ(tree->model, "Toy");
    EXPECT_EQ(tree->core, "cortex-m4");
    ASSERT_EQ(tree->leds.size(), 2u);
    EXPECT_EQ(tree->leds[0].address, 0x40028004u);
    EXPECT_FALSE(tree->leds[0].active_low);
    EXPECT_EQ(tree->leds[1].index, 1u);
    EXPECT_EQ(tree->leds[1].mask, 2u);
    EXPECT_TRUE(tree->leds[1].active_low);
    ASSERT_EQ(tree->sensors.size(), 1u) << "what has no label is not for people";
    EXPECT_EQ(tree->sensors[0].name, "temperature");
    EXPECT_EQ(tree->sensors[0].compatible, "ti,tmp105");
    EXPECT_EQ(tree->sensors[0].address, 0x48u);
    EXPECT_EQ(tree->storage.bytes, 0x100000u);
    EXPECT_EQ(tree->storage.factory_offset, 0x4000u);
    EXPECT_EQ(tree->storage.factory_bytes, 0x1000u);
}

TEST_F(DeviceTreeTest, a_tree_may_have_none_of_them) {
    auto tree = load_device_tree(compile(""));
    ASSERT_TRUE(tree) << tree.error();
    EXPECT_TRUE(tree->leds.empty());
    EXPECT_TRUE(tree->sensors.empty());
    EXPECT_EQ(tree->storage.bytes, 0u);
}

TEST_F(DeviceTreeTest, says_which_node_lacks_what) {
    EXPECT_EQ(error_of(R"(led@0 { compatible = "register-bit-led"; reg = <0 4>; offset = <0>; };)"),
              "LED led@0 needs offset, mask and a parent with reg");
    EXPECT_EQ(error_of(R"(i2c@0 { #address-cells = <1>; #size-cells = <0>; reg = <0 4>; sensor { label = "x"; }; };)"),
              "sensor needs reg, its address on the bus");
    EXPECT_EQ(error_of(R"(memory@0 { reg = <0 0x1000>; partitions { #address-cells = <1>; #size-cells = <1>;
                          partition@800 { label = "factory"; reg = <0x800 0x1000>; }; }; };)"),
              "the partition `factory` needs reg, inside the memory around it");
    EXPECT_EQ(parse_device_tree({}).error(), "not a compiled device tree");
    EXPECT_EQ(load_device_tree("/no/such.dtb").error(), "cannot read /no/such.dtb");
}

TEST_F(DeviceTreeTest, tells_how_much_memory_there_is_for_code_and_data) {
    const auto tree =
        load_device_tree(compile("code: memory@0 { reg = <0x0 0x400000>; }; ram: memory@20000000 { reg = "
                                 "<0x20000000 0x10000>; };"));
    ASSERT_TRUE(tree) << tree.error();
    EXPECT_EQ(tree->code_bytes, 0x400000u);
    EXPECT_EQ(tree->ram_bytes, 0x10000u);
    EXPECT_EQ(load_device_tree(compile("memory@0 { reg = <0x0 0x400000>; };"))->code_bytes, 0u);
}

}  // namespace
}  // namespace wasmbed::board
