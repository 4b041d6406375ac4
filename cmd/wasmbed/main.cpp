// The one binary: the roles of the platform, and the commands of its users.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>

#include "cmd/wasmbed/commands.hpp"

namespace {

/// Exit status when the command line itself is wrong, as of shells and git; 1 is a command that failed.
constexpr int kUsage = 2;

/// Where a command is needed CLI11 says only that, whatever was typed there; the word that is none, or nothing.
std::string unknown_command(const CLI::App& app) {
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
    if (at->get_require_subcommand_min() == 0) return {};
    for (const std::string& word : at->remaining()) {
        if (!word.starts_with('-')) return "there is no command \"" + word + "\" in " + at->get_name();
    }
    return {};
}

int report(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    const std::string unknown = unknown_command(app);
    std::fprintf(stderr, "error: %s\nRun with --help or --help-all for more information.\n",
                 unknown.empty() ? error.what() : unknown.c_str());
    return kUsage;
}

/// What was printed must not get lost in silence: a full disk behind `>`, a closed descriptor.
bool output_arrived() {
    errno = 0;
    if (std::cout.flush() && std::fflush(stdout) == 0) return true;
    std::fprintf(stderr, "error: standard output: %s\n", errno != 0 ? std::strerror(errno) : "not all was written");
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Wasmbed deploys sandboxed programs to fleets of microcontrollers.", "wasmbed");
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "Help of all commands");
    int exit_status = 0;
    wasmbed::cmd::add_client_commands(app, exit_status);
    wasmbed::cmd::add_fleet_command(app, exit_status);
    wasmbed::cmd::add_pki_command(app, exit_status);
    wasmbed::cmd::add_wasm_command(app, exit_status);
    wasmbed::cmd::add_role_commands(app, exit_status);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return report(app, error);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
    return output_arrived() ? exit_status : 1;
}
