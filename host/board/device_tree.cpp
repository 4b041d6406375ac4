#include "host/board/device_tree.hpp"

#include <fstream>
#include <iterator>
#include <libfdt.h>
#include <optional>

namespace wasmbed::board {
namespace {

std::optional<std::uint32_t> cell(const void* tree, int node, const char* property, int index = 0) {
    int bytes = 0;
    const void* value = fdt_getprop(tree, node, property, &bytes);
    if (!value || bytes < (index + 1) * 4) return std::nullopt;
    return fdt32_ld(static_cast<const fdt32_t*>(value) + index);
}

/// The first string of a property; empty without it.
std::string text(const void* tree, int node, const char* property) {
    const char* value = fdt_stringlist_get(tree, node, property, 0, nullptr);
    return value ? value : std::string();
}

struct Range {
    std::uint64_t base = 0;
    std::uint64_t bytes = 0;
};

// First entry of `reg`, by the parent's cell counts (Devicetree Specification 0.4, section 2.3.6).
std::optional<Range> first_range(const void* tree, int node) {
    const int parent = fdt_parent_offset(tree, node);
    if (parent < 0) return std::nullopt;
    int at = 0;
    const auto number = [&](int cells) -> std::optional<std::uint64_t> {
        std::uint64_t value = 0;
        for (int i = 0; i < cells; ++i) {
            const auto part = cell(tree, node, "reg", at++);
            if (!part) return std::nullopt;
            value = value << 32 | *part;
        }
        return value;
    };
    const auto base = number(fdt_address_cells(tree, parent));
    const auto bytes = number(fdt_size_cells(tree, parent));
    if (!base || !bytes) return std::nullopt;
    return Range{*base, *bytes};
}

std::string name_of(const void* tree, int node) {
    return fdt_get_name(tree, node, nullptr);
}

// Binding: Linux Documentation/devicetree/bindings/leds/register-bit-led.yaml, a child of the register block.
Result<std::vector<Led>, std::string> find_leds(const void* tree) {
    std::vector<Led> leds;
    for (int node = fdt_node_offset_by_compatible(tree, -1, "register-bit-led"); node >= 0;
         node = fdt_node_offset_by_compatible(tree, node, "register-bit-led")) {
        const auto block = first_range(tree, fdt_parent_offset(tree, node));
        const auto offset = cell(tree, node, "offset");
        const auto mask = cell(tree, node, "mask");
        if (!block || !offset || !mask)
            return fail("LED " + name_of(tree, node) + " needs offset, mask and a parent with reg");
        const auto index = static_cast<unsigned>(leds.size());
        leds.push_back(
            {index, block->base + *offset, *mask, fdt_getprop(tree, node, "active-low", nullptr) != nullptr});
    }
    return leds;
}

bool is_i2c_bus(const void* tree, int node) {
    return node >= 0 && name_of(tree, node).starts_with("i2c@");
}

Result<std::vector<Sensor>, std::string> find_sensors(const void* tree) {
    std::vector<Sensor> sensors;
    for (int node = fdt_next_node(tree, -1, nullptr); node >= 0; node = fdt_next_node(tree, node, nullptr)) {
        // The simulator's have no address: docs/reference/objects.md.
        if (fdt_node_check_compatible(tree, node, "wasmbed,simulated-sensor") == 0)
            sensors.push_back({text(tree, node, "label"), text(tree, node, "compatible"), 0});
        if (!is_i2c_bus(tree, fdt_parent_offset(tree, node)) || !fdt_getprop(tree, node, "label", nullptr)) continue;
        const auto address = cell(tree, node, "reg");
        if (!address) return fail(name_of(tree, node) + " needs reg, its address on the bus");
        sensors.push_back({text(tree, node, "label"), text(tree, node, "compatible"), *address});
    }
    return sensors;
}

// The partition labelled `factory`, and the memory it is part of.
Result<Storage, std::string> find_storage(const void* tree) {
    const int partition = fdt_node_offset_by_prop_value(tree, -1, "label", "factory", sizeof "factory");
    if (partition < 0) return Storage{};
    const int around = fdt_parent_offset(tree, fdt_parent_offset(tree, partition));
    if (around < 0 || !fdt_getprop(tree, around, "reg", nullptr)) return Storage{};  // a chip beside, not in memory
    const auto place = first_range(tree, partition);
    const auto memory = first_range(tree, around);
    if (!place || !memory || place->bytes == 0 || place->bytes > memory->bytes ||
        place->base > memory->bytes - place->bytes)
        return fail(std::string("the partition `factory` needs reg, inside the memory around it"));
    return Storage{memory->bytes, place->base, place->bytes};
}

// Labels of nodes are in `__symbols__` (dtc -@).
std::uint64_t bytes_of_node(const void* tree, const char* label) {
    const int symbols = fdt_path_offset(tree, "/__symbols__");
    const std::string path = symbols < 0 ? std::string() : text(tree, symbols, label);
    const int node = path.empty() ? -1 : fdt_path_offset(tree, path.c_str());
    const auto range = node < 0 ? std::nullopt : first_range(tree, node);
    return range ? range->bytes : 0;
}

std::string find_core(const void* tree) {
    const int cpus = fdt_path_offset(tree, "/cpus");
    const int cpu = cpus < 0 ? cpus : fdt_first_subnode(tree, cpus);
    const std::string compatible = cpu < 0 ? std::string() : text(tree, cpu, "compatible");
    return compatible.substr(compatible.find(',') + 1);
}

}  // namespace

Result<DeviceTree, std::string> parse_device_tree(Bytes dtb) {
    const void* tree = dtb.data();
    if (dtb.size() < sizeof(fdt_header) || fdt_check_full(tree, dtb.size()) != 0)
        return fail(std::string("not a compiled device tree"));
    auto leds = find_leds(tree);
    if (!leds) return fail(leds.error());
    auto sensors = find_sensors(tree);
    if (!sensors) return fail(sensors.error());
    auto storage = find_storage(tree);
    if (!storage) return fail(storage.error());
    return DeviceTree{.model = text(tree, 0, "model"),
                      .core = find_core(tree),
                      .leds = std::move(*leds),
                      .sensors = std::move(*sensors),
                      .storage = *storage,
                      .code_bytes = bytes_of_node(tree, "code"),
                      .ram_bytes = bytes_of_node(tree, "ram")};
}

Result<DeviceTree, std::string> load_device_tree(const std::filesystem::path& dtb_file) {
    std::ifstream file(dtb_file, std::ios::binary);
    if (!file) return fail("cannot read " + dtb_file.string());
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    auto tree = parse_device_tree({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!tree) return fail(dtb_file.string() + ": " + tree.error());
    return tree;
}

}  // namespace wasmbed::board
