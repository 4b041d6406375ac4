// `wasmbed fleet`: the fleet simulator.
#include <iostream>
#include <memory>

#include "cmd/wasmbed/commands.hpp"
#include "host/cli/run.hpp"
#include "services/simulator/simulator.hpp"

namespace wasmbed::cmd {

void add_fleet_command(CLI::App& app, int& exit_status) {
    auto options = std::make_shared<simulator::SimulatorOptions>();
    auto flags = std::make_shared<cli::ClientFlags>();
    CLI::App* command = app.add_subcommand("fleet", "Simulate many devices, to size gateways")->group("Platform");
    command->add_option("--kubeconfig", flags->kubeconfig, "Credentials; default: $KUBECONFIG, or the data folder's");
    command->add_option("-n,--namespace", flags->ns, "Namespace; default: the kubeconfig's");
    command->add_option("--devices", options->devices, "How many")->capture_default_str()->check(CLI::Range(1, 100000));
    command->add_option("--gateway", options->gateways,
                        "ADDRESS:PORT, may be repeated; default: those of the Gateways");
    command->add_option("--identities", options->identities,
                        "File that keeps keys and certificates between runs; default: fleet-PREFIX.identities");
    command->add_option("--prefix", options->prefix, "Devices are named PREFIX-00000 and on")->capture_default_str();
    command->add_option("--connecting", options->connecting_max, "Connections being made at one time")
        ->capture_default_str()
        ->check(CLI::Range(1, 10000));
    command->add_option("--spread-ms", options->spread_ms, "The first connections start within this time")
        ->capture_default_str();
    command->add_option("--app-start-ms", options->app_start_ms, "How long apps take to start")->capture_default_str();
    command->add_option("--fail-percent", options->fail_percent, "Part of the apps that trap instead of running")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    command->add_option("--log-seconds", options->log_seconds, "Each device logs a line this often; 0: never")
        ->capture_default_str();
    command->add_option("--seconds", options->seconds, "How long to run; 0: until Ctrl-C")->capture_default_str();
    command->add_flag("--json", options->json, "Progress as JSON, a line a second");
    command->callback([options, flags, &exit_status] {
        if (options->identities.empty()) options->identities = "fleet-" + options->prefix + ".identities";
        exit_status = cli::run_command(*flags, [options](cli::Context& context) {
            return simulator::run_fleet(context.client, context.ns, *options, context.out, context.err);
        });
    });
}

}  // namespace wasmbed::cmd
