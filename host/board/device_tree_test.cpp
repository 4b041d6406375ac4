#include "services/emulator/led_map.hpp"

#include <gtest/gtest.h>
#include <libfdt.h>

namespace wasmbed::emulator {
namespace {

// /soc/syscon@40028000 { reg; led@0,0 {...}; led@0,1 {...}; } with 32-bit addresses.
std::vector<std::uint8_t> tree(bool with_mask) {
    std::vector<std::uint8_t> blob(4096);
    void* out = blob.data();
    fdt_create(out, static_cast<int>(blob.size()));
    fdt_finish_reservemap(out);
    fdt_begin_node(out, "");
    fdt_begin_node(out, "soc");
    fdt_property_u32(out, "#address-cells", 1);
    fdt_property_u32(out, "#size-cells", 1);
    fdt_begin_node(out, "syscon@40028000");
    const fdt32_t reg[] = {cpu_to_fdt32(0x40028000), cpu_to_fdt32(0x1000)};
    fdt_property(out, "reg", reg, sizeof reg);
    for (std::uint32_t led = 0; led < 2; ++led) {
        fdt_begin_node(out, led == 0 ? "led@0,0" : "led@0,1");
        fdt_property_string(out, "compatible", "register-bit-led");
        fdt_property_u32(out, "offset", 4);
        if (with_mask) fdt_property_u32(out, "mask", 1u << led);
        if (led == 1) fdt_property(out, "active-low", nullptr, 0);
        fdt_end_node(out);
    }
    fdt_end_node(out);
    fdt_end_node(out);
    fdt_end_node(out);
    EXPECT_EQ(fdt_finish(out), 0);
    return blob;
}

TEST(LedMap, finds_register_bits_in_the_order_of_the_tree) {
    auto leds = find_leds(tree(true));
    ASSERT_TRUE(leds) << leds.error();
    ASSERT_EQ(leds->size(), 2u);
    EXPECT_EQ((*leds)[0].address, 0x40028004u);
    EXPECT_EQ((*leds)[0].mask, 1u);
    EXPECT_FALSE((*leds)[0].active_low);
    EXPECT_EQ((*leds)[1].index, 1u);
    EXPECT_EQ((*leds)[1].mask, 2u);
    EXPECT_TRUE((*leds)[1].active_low);
}

TEST(LedMap, says_what_is_missing) {
    EXPECT_EQ(find_leds(tree(false)).error(), "device tree: LED led@0,0 needs offset, mask and a parent with reg");
    EXPECT_EQ(find_leds({}).error(), "not a compiled device tree");
    EXPECT_EQ(load_led_map("/no/such.dtb").error(), "cannot read /no/such.dtb");
}

}  // namespace
}  // namespace wasmbed::emulator
