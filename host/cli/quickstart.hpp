// `wasmbed quickstart`: the platform, one board and two apps, and what happens on them as it happens.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "host/cli/up.hpp"

namespace wasmbed::cli {

struct QuickstartOptions {
    UpOptions up;
    std::filesystem::path objects_dir;  ///< the objects to apply: device.yaml, hello.yaml, blink.yaml
    std::string board = "mps2-an385";
    bool once = false;  ///< end once both apps were seen to do their work
};

/// Starts `wasmbed up` as a child, applies the objects with `board` put in, and prints a timeline out of what emulator
/// and gateway stream. Blocks until Ctrl-C, or with `once` until the device reported what is waited for (0), or two
/// minutes went by without (1, with what was not seen and the console's last lines). `up` and all it started have ended
/// when this returns.
int run_quickstart(const QuickstartOptions& options, std::ostream& out, std::ostream& err);

}  // namespace wasmbed::cli
