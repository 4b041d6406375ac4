// Client commands on the world around an emulated device: what its sensors measure, its network cable.
#pragma once

#include <string>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

/// `wasmbed device set DEVICE sensor/NAME VALUE`: makes the sensor measure VALUE (degrees Celsius).
struct InputSetting {
    std::string device;
    std::string input;  ///< "sensor/<name>"
    double value = 0;
};
Task<int> set_input(Context& context, InputSetting setting);

/// Prints what the device's sensors measure, as the emulator has it.
Task<int> show_sensors(Context& context, std::string device);

/// `action` is "cut", "restore" or "delay", the last with `delay_ms`.
struct LinkSetting {
    std::string device;
    std::string action;
    int delay_ms = 0;
};
Task<int> switch_link(Context& context, LinkSetting setting);

/// `speed` is "fast" or "real".
struct ClockSetting {
    std::string device;
    std::string speed;
};
Task<int> switch_clock(Context& context, ClockSetting setting);

}  // namespace wasmbed::cli
