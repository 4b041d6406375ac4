// Which boards this emulator can run: for the system check of the dashboard's wizard.
#pragma once

#include <filesystem>

#include "host/base/json.hpp"
#include "host/base/task.hpp"

namespace wasmbed::emulator {

/// An entry for each recipe in `firmware_dir`, by name: {"name", "kind", "program", "found", "version", "minVersion",
/// "message"} and, from its device tree if it has one, {"model", "core", "leds", "sensors"}. `found` is true when the
/// board could be started now; `message` says why it could not. Runs each program once with --version.
Task<json::array> describe_boards(std::filesystem::path firmware_dir);

}  // namespace wasmbed::emulator
