#include <memory>

#include "cmd/wasmbed/commands.hpp"
#include "cmd/wasmbed/version.hpp"
#include "host/base/log.hpp"
#include "services/apiserver/apiserver.hpp"
#include "services/controller/controller.hpp"
#include "services/emulator/emulator.hpp"
#include "services/gateway/gateway.hpp"
#include "services/web/web.hpp"

namespace wasmbed::cmd {
namespace {

constexpr char kRoles[] = "Roles (as `wasmbed up` starts them)";
constexpr char kKubeconfigHelp[] = "Credentials; without it those of the Pod";

void add_apiserver(CLI::App& app, int& exit_status) {
    auto options = std::make_shared<apiserver::ApiserverOptions>();
    CLI::App* command = app.add_subcommand("apiserver", "The embedded API server")->group(kRoles);
    command->add_option("--database", options->database_path, "SQLite file, made when missing")->required();
    command->add_option("--address", options->address, "Numeric address to listen on")->capture_default_str();
    command->add_option("--port", options->port, "Port; 0: any free one")->capture_default_str();
    command->add_option("--certificate", options->certificate_file, "Server certificate, PEM")->required();
    command->add_option("--key", options->key_file, "Its key, PEM")->required();
    command->add_option("--user-ca", options->user_ca_file, "CA of people's client certificates")->required();
    command->add_option("--service-ca", options->service_ca_file, "CA of the roles' client certificates")->required();
    command->add_option("--audit-log", options->audit_file, "File for one line on each write; default: none");
    command->callback([options, &exit_status] {
        setup_logging("apiserver");
        exit_status = apiserver::run_apiserver(*options);
    });
}

void add_controller(CLI::App& app, int& exit_status) {
    auto options = std::make_shared<controller::ControllerOptions>();
    CLI::App* command =
        app.add_subcommand("controller", "Decides what runs where, issues certificates and manifests")->group(kRoles);
    command->add_option("--kubeconfig", options->kubeconfig, kKubeconfigHelp);
    command->add_option("--namespace", options->roles_namespace, "Namespace of the roles' objects")
        ->capture_default_str();
    command->add_option("--pki", options->pki_dir, "Folder with the device CA and the manifest-signing key")
        ->required();
    command->add_option("--identity", options->identity, "In the Lease by which one of several acts; default: random");
    command->add_option("--probes-address", options->probes_address,
                        "ADDRESS:PORT of /metrics, /healthz and /readyz over TLS; default: none");
    command->callback([options, &exit_status] {
        setup_logging("controller");
        exit_status = controller::run_controller(*options);
    });
}

void add_gateway(CLI::App& app, int& exit_status) {
    auto options = std::make_shared<gateway::GatewayOptions>();
    CLI::App* command = app.add_subcommand("gateway", "Owns the sessions of devices")->group(kRoles);
    command->add_option("--name", options->name, "Name of its Gateway object")->capture_default_str();
    command->add_option("--kubeconfig", options->kubeconfig, kKubeconfigHelp);
    command->add_option("--namespace", options->roles_namespace, "Namespace of the roles' objects")
        ->capture_default_str();
    command->add_option("--pki", options->pki_dir, "Folder with its certificate and the CAs")->required();
    command->add_option("--data", options->data_dir, "Folder for its database")->required();
    command->add_option("--device-address", options->device_address, "ADDRESS:PORT for devices")->capture_default_str();
    command->add_option("--serial-address", options->serial_address, "ADDRESS:PORT for serial bridges; empty: none")
        ->capture_default_str();
    command->add_option("--api-address", options->api_address, "ADDRESS:PORT of its HTTPS API")->capture_default_str();
    command->add_option("--api-url", options->api_url, "What others reach the HTTPS API by");
    command->callback([options, &exit_status] {
        setup_logging("gateway");
        exit_status = gateway::run_gateway(*options);
    });
}

void add_emulator(CLI::App& app, int& exit_status) {
    auto options = std::make_shared<emulator::EmulatorOptions>();
    CLI::App* command = app.add_subcommand("emulator", "Runs a board for each emulated Device")->group(kRoles);
    command->add_option("--kubeconfig", options->kubeconfig, kKubeconfigHelp);
    command->add_option("--namespace", options->roles_namespace, "Namespace of the roles' objects")
        ->capture_default_str();
    command->add_option("--pki", options->pki_dir, "Folder with its certificate and the CAs")->required();
    command->add_option("--data", options->data_dir, "Folder for the boards' stores and consoles")->required();
    options->firmware_dir = (install_root() / "firmware").string();
    command->add_option("--firmware", options->firmware_dir, "Folder with the boards' firmware and recipes")
        ->capture_default_str();
    command->add_option("--api-address", options->api_address, "ADDRESS:PORT of its HTTPS API")->capture_default_str();
    command->add_option("--api-url", options->api_url, "What others reach the HTTPS API by");
    command->add_option("--device", options->device, "NAMESPACE/NAME: runs the board of this Device alone");
    command->add_option("--pod-image", options->pod_image,
                        "On a cluster: makes a Pod of this image for each emulated Device, and runs no board itself");
    command->callback([options, &exit_status] {
        setup_logging("emulator");
        exit_status = emulator::run_emulator(*options);
    });
}

void add_web(CLI::App& app, int& exit_status) {
    auto options = std::make_shared<web::WebOptions>();
    options->version = kVersion;
    options->files_dir = (install_root() / "dashboard").string();
    options->apps_dir = (install_root() / "apps").string();
    CLI::App* command = app.add_subcommand("web", "Serves the dashboard")->group(kRoles);
    command->add_option("--kubeconfig", options->kubeconfig, kKubeconfigHelp);
    command->add_option("--namespace", options->roles_namespace, "Namespace that people begin in")
        ->capture_default_str();
    command->add_option("--address", options->address, "ADDRESS:PORT to listen on")->capture_default_str();
    auto* certificate = command->add_option("--certificate", options->certificate_file,
                                            "Server certificate, PEM; without it plain HTTP, on loopback only");
    auto* key = command->add_option("--key", options->key_file, "Its key, PEM")->needs(certificate);
    certificate->needs(key);
    command->add_option("--host", options->hosts, "Further NAME:PORT that browsers may use");
    command->add_option("--service-ca", options->service_ca_file,
                        "CA of the roles' HTTPS APIs; default: the kubeconfig's");
    command->add_option("--files", options->files_dir, "Folder with the dashboard's bundle")->capture_default_str();
    command->add_option("--apps", options->apps_dir, "Folder with modules that are offered as templates")
        ->capture_default_str();
    command->add_option("--emulator-url", options->emulator_url, "The emulator's HTTPS API; default: as Devices say");
    command->add_option("--controller-url", options->controller_url, "The controller's metrics; default: none");
    command->add_option("--logs", options->logs_dir, "Folder with the roles' logs, ROLE.log; default: not shown");
    command->add_option("--audit-log", options->audit_file, "File for one line on each call of the terminal");
    command->add_option("--history", options->history_file,
                        "File that keeps six hours of figures over a restart; default: they are in memory only");
    command->callback([options, &exit_status] {
        setup_logging("web");
        exit_status = web::run_web(*options);
    });
}

}  // namespace

void add_role_commands(CLI::App& app, int& exit_status) {
    add_apiserver(app, exit_status);
    add_controller(app, exit_status);
    add_gateway(app, exit_status);
    add_emulator(app, exit_status);
    add_web(app, exit_status);
}

}  // namespace wasmbed::cmd
