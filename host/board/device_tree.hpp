// Where a board's LEDs are, out of its device tree.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace wasmbed::emulator {

/// One LED as a bit of a memory-mapped register.
struct LedRegister {
    unsigned index = 0;
    std::uint64_t address = 0;
    std::uint32_t mask = 0;
    bool active_low = false;
};

/// The LEDs of a compiled device tree (the nodes that the firmware's constants come from too), numbered as they are
/// listed.
Result<std::vector<LedRegister>, std::string> find_leds(Bytes dtb);

/// As above, of a file.
Result<std::vector<LedRegister>, std::string> load_led_map(const std::filesystem::path& dtb_file);

}  // namespace wasmbed::emulator
