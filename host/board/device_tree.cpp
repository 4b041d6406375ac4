#include "services/emulator/led_map.hpp"

#include <fstream>
#include <iterator>
#include <libfdt.h>
#include <optional>

namespace wasmbed::emulator {
namespace {

std::optional<std::uint32_t> cell(const void* tree, int node, const char* property, int index = 0) {
    int bytes = 0;
    const void* value = fdt_getprop(tree, node, property, &bytes);
    if (!value || bytes < (index + 1) * 4) return std::nullopt;
    return fdt32_ld(static_cast<const fdt32_t*>(value) + index);
}

// First address of `reg`, by the parent's #address-cells (Devicetree Specification 0.4, section 2.3.6).
std::optional<std::uint64_t> first_address(const void* tree, int node) {
    const int parent = fdt_parent_offset(tree, node);
    const int cells = parent < 0 ? -1 : fdt_address_cells(tree, parent);
    if (cells != 1 && cells != 2) return std::nullopt;
    const auto high = cell(tree, node, "reg");
    if (cells == 1 || !high) return high;
    const auto low = cell(tree, node, "reg", 1);
    if (!low) return std::nullopt;
    return (std::uint64_t{*high} << 32) | *low;
}

}  // namespace

Result<std::vector<LedRegister>, std::string> find_leds(Bytes dtb) {
    const void* tree = dtb.data();
    if (dtb.size() < sizeof(fdt_header) || fdt_check_full(tree, dtb.size()) != 0)
        return fail(std::string("not a compiled device tree"));
    std::vector<LedRegister> leds;
    // Binding: Linux Documentation/devicetree/bindings/leds/register-bit-led.yaml, a child of the register block.
    for (int node = fdt_node_offset_by_compatible(tree, -1, "register-bit-led"); node >= 0;
         node = fdt_node_offset_by_compatible(tree, node, "register-bit-led")) {
        const auto base = first_address(tree, fdt_parent_offset(tree, node));
        const auto offset = cell(tree, node, "offset");
        const auto mask = cell(tree, node, "mask");
        if (!base || !offset || !mask)
            return fail("device tree: LED " + std::string(fdt_get_name(tree, node, nullptr)) +
                        " needs offset, mask and a parent with reg");
        const auto index = static_cast<unsigned>(leds.size());
        leds.push_back({index, *base + *offset, *mask, fdt_getprop(tree, node, "active-low", nullptr) != nullptr});
    }
    if (leds.empty()) return fail(std::string("the device tree lists no LEDs"));
    return leds;
}

Result<std::vector<LedRegister>, std::string> load_led_map(const std::filesystem::path& dtb_file) {
    std::ifstream file(dtb_file, std::ios::binary);
    if (!file) return fail("cannot read " + dtb_file.string());
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    auto leds = find_leds({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!leds) return fail(dtb_file.string() + ": " + leds.error());
    return leds;
}

}  // namespace wasmbed::emulator
