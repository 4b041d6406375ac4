// The world around an emulated board.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "core/base/result.hpp"

namespace wasmbed::emulator {

/// Stays as it is while the board is off, and over resets.
struct Surroundings {
    std::map<std::string, double> sensors;  ///< what was set, by name, in the sensor's unit
    bool cable_plugged = true;
    std::chrono::milliseconds delay{0};  ///< of each packet, both ways
    bool fast_clock = false;             ///< only while the cable is out: nothing outside keeps up with it
};

/// As a board's own program reads it (device/boards/sim/surroundings.hpp).
std::string surroundings_text(const Surroundings& surroundings);

/// Writes that text to `file`, so that a reader finds the old or the new one.
Result<void, std::string> write_surroundings(const std::filesystem::path& file, const Surroundings& surroundings);

}  // namespace wasmbed::emulator
