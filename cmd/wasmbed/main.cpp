// The one binary: the roles of the platform, and the commands of its users.
#include <cstdio>
#include <exception>

#include "cmd/wasmbed/commands.hpp"

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
    } catch (const CLI::RequiredError& error) {
        // CLI11 asks for a subcommand before it looks at words that are none.
        const auto words = app.remaining(true);
        if (words.empty() || words.front().starts_with("-")) return app.exit(error);
        std::fprintf(stderr, "error: there is no command \"%s\" here; add --help to what stands before it for a list\n",
                     words.front().c_str());
        return error.get_exit_code();
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
    return exit_status;
}
