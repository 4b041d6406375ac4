// `wasmbed up`: all roles on this machine, one child process each.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "host/cli/data_folder.hpp"

namespace wasmbed::cli {

struct UpOptions {
    std::filesystem::path data;
    Ports ports;
    std::filesystem::path firmware_dir;
    std::filesystem::path dashboard_dir;  ///< the dashboard's bundle
    std::filesystem::path apps_dir;       ///< modules that the dashboard offers as templates
    std::string version;                  ///< of this program, recorded in a new data folder
    int ready_fd = -1;  ///< "ready\n" is written here once every role is, and the descriptor closed; -1: nowhere
};

/// Makes PKI and kubeconfig on the first start, starts apiserver, controller, gateway, emulator and web from this
/// very binary, restarts what ends, and stops everything in reverse order on SIGINT or SIGTERM. Each role's output goes
/// to DIR/logs/<role>.log. Says on `out` where things are, with a one-time link to the dashboard. Blocks; returns the
/// exit status: 0 after an orderly stop, 1 with one line on `err` that says what is wrong and what to do; then nothing
/// in the folder was taken away.
int run_up(const UpOptions& options, std::ostream& out, std::ostream& err);

}  // namespace wasmbed::cli
