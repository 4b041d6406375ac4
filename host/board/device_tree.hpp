// What a board is, out of its compiled device tree: the same nodes that the firmware's constants come from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::board {

/// One LED as a bit of a memory-mapped register; `index` counts in the order of the tree.
struct Led {
    unsigned index = 0;
    std::uint64_t address = 0;
    std::uint32_t mask = 0;
    bool active_low = false;
};

/// Something on an I2C bus, or simulated, that has a label, by which apps and people know it.
struct Sensor {
    std::string name;        ///< "temperature"
    std::string compatible;  ///< "ti,tmp105"
    std::uint32_t address = 0;
};

/// Memory that keeps its content, with the factory partition in it; all in bytes.
struct Storage {
    std::uint64_t bytes = 0;
    std::uint64_t factory_offset = 0;
    std::uint64_t factory_bytes = 0;
};

struct DeviceTree {
    std::string model;  ///< "Arm MPS2 AN385"
    std::string core;   ///< "cortex-m3"
    std::vector<Led> leds;
    std::vector<Sensor> sensors;
    Storage storage;               ///< bytes 0: the tree has no partition labelled `factory`
    std::uint64_t code_bytes = 0;  ///< of the node labelled `code`, where the image is; 0: there is none
    std::uint64_t ram_bytes = 0;   ///< of the node labelled `ram`; likewise
};

/// Reads a compiled tree. The error names the node that lacks something.
Result<DeviceTree, std::string> parse_device_tree(Bytes dtb);

/// As above, of a file; the error names that too.
Result<DeviceTree, std::string> load_device_tree(const std::filesystem::path& dtb_file);

}  // namespace wasmbed::board
