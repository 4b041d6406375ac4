// The command line, by groups. Each function adds its subcommands; the one that was given sets `exit_status`.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

namespace wasmbed::cmd {

/// apiserver, controller, gateway, emulator, web: one role each, as `up` starts them.
void add_role_commands(CLI::App& app, int& exit_status);

/// up, quickstart, and everything that talks to a running platform.
void add_client_commands(CLI::App& app, int& exit_status);

/// pki.
void add_pki_command(CLI::App& app, int& exit_status);

/// fleet.
void add_fleet_command(CLI::App& app, int& exit_status);

/// wasm: what the engine says about a module.
void add_wasm_command(CLI::App& app, int& exit_status);

/// The folder above the one this binary is in: bin/, firmware/, apps/, quickstart/ stand side by side in it.
std::filesystem::path install_root();

}  // namespace wasmbed::cmd
