// The command lines of what talks to a running platform, for the shell and for the web terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

#include "host/cli/context.hpp"

namespace wasmbed::cli {

/// How a set of commands is run: the shell connects and blocks, the web terminal runs it on its event loop.
struct CommandHost {
    std::function<void(CLI::App& command)> add_flags;                     ///< options that every command has
    std::function<void(std::function<Task<int>(Context&)> command)> run;  ///< called for the command that was given
};

/// A command that takes `options`, which its own options were bound to.
template <class Options, class Run>
CLI::App* add_command(CLI::App& app, const CommandHost& host, const char* name, const char* help, const char* group,
                      const std::shared_ptr<Options>& options, Run run) {
    CLI::App* command = app.add_subcommand(name, help)->group(group);
    host.add_flags(*command);
    command->callback(
        [host, options, run] { host.run([options, run](Context& context) { return run(context, *options); }); });
    return command;
}

inline constexpr char kObjectsGroup[] = "Objects";
inline constexpr char kDevicesAndAppsGroup[] = "Devices and apps";

/// get, describe, logs: nothing is changed.
void add_reading_commands(CLI::App& app, const CommandHost& host);

/// device approve|reject|reset|power.
void add_device_commands(CLI::App& app, const CommandHost& host);

}  // namespace wasmbed::cli
