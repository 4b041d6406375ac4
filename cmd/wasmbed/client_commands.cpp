#include <iostream>
#include <iterator>
#include <memory>
#include <unistd.h>

#include "cmd/wasmbed/commands.hpp"
#include "cmd/wasmbed/version.hpp"
#include "host/cli/app_build.hpp"
#include "host/cli/apply.hpp"
#include "host/cli/backup.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/device_commands.hpp"
#include "host/cli/login_link.hpp"
#include "host/cli/quickstart.hpp"
#include "host/cli/run.hpp"
#include "host/cli/up.hpp"
#include "host/cli/user_commands.hpp"

namespace wasmbed::cmd {
namespace {

namespace fs = std::filesystem;
using cli::Context;
using Flags = std::shared_ptr<cli::ClientFlags>;
using Host = cli::CommandHost;
using cli::add_command;
using Words = std::vector<std::string>;

constexpr char kPlatform[] = "Platform";

/// A script's unset variable must not mean the default folder.
void add_data_option(CLI::App& command, fs::path& data, const char* help) {
    command.add_option("--data", data, help)
        ->check(CLI::Validator([](std::string& given) { return std::string(given.empty() ? "is empty" : ""); }, ""));
}

// What `up` and `quickstart` share.
void add_up_options(CLI::App& command, const std::shared_ptr<cli::UpOptions>& options) {
    options->firmware_dir = install_root() / "firmware";
    options->dashboard_dir = install_root() / "dashboard";
    options->apps_dir = install_root() / "apps";
    options->version = kVersion;
    add_data_option(command, options->data, "Folder that keeps everything; default: $WASMBED_DATA or ~/.wasmbed");
    command.add_option("--firmware", options->firmware_dir, "Folder with the boards' firmware and recipes")
        ->capture_default_str();
    command.add_option("--dashboard", options->dashboard_dir, "Folder with the dashboard's bundle")
        ->capture_default_str();
    command.add_option("--apps", options->apps_dir, "Folder with modules that the dashboard offers as templates")
        ->capture_default_str();
    cli::Ports& ports = options->ports;
    const auto add_port = [&command](const char* name, int& port, const std::string& what, const char* first) {
        command.add_option(name, port, what + "; default: as at the last start, at first " + first)
            ->check(CLI::Range(0, 65535));
    };
    add_port("--api-port", ports.apiserver, "Port of the API server; 0: any free one", "6443");
    add_port("--devices-port", ports.devices, "Port that devices connect to", "8443");
    add_port("--gateway-api-port", ports.gateway_api, "Port of the gateway's HTTPS API", "30460");
    add_port("--emulator-api-port", ports.emulator_api, "Port of the emulator's HTTPS API", "30461");
    add_port("--dashboard-port", ports.dashboard, "Port of the dashboard", "30470");
    add_port("--serial-port", ports.serial, "Port for serial bridges", "8444");
    add_port("--controller-probes-port", ports.controller_probes, "Port of the controller's metrics and probes",
             "30462");
}

bool settle_data_folder(fs::path& data) {
    if (!data.empty()) return true;
    auto folder = cli::default_data_folder();
    if (!folder) {
        std::cerr << "error: " << folder.error() << std::endl;
        return false;
    }
    data = *folder;
    return true;
}

void add_up(CLI::App& app, int& exit_status) {
    auto options = std::make_shared<cli::UpOptions>();
    CLI::App* command = app.add_subcommand("up", "Start the platform on this machine")->group(kPlatform);
    add_up_options(*command, options);
    command->add_option("--ready-fd", options->ready_fd, "Write \"ready\" to this descriptor once everything is up")
        ->group("");
    command->callback([options, &exit_status] {
        exit_status = settle_data_folder(options->data) ? cli::run_up(*options, std::cout, std::cerr) : 1;
    });
}

void add_quickstart(CLI::App& app, int& exit_status) {
    auto up = std::make_shared<cli::UpOptions>();
    auto options = std::make_shared<cli::QuickstartOptions>();
    CLI::App* command =
        app.add_subcommand("quickstart", "Start the platform, boot a microcontroller, run two apps on it")
            ->group(kPlatform);
    add_up_options(*command, up);
    options->objects_dir = install_root() / "quickstart";
    command->add_option("--quickstart-dir", options->objects_dir, "Folder with the objects to apply")
        ->capture_default_str();
    command->add_option("--board", options->board, "Board of the emulated device")->capture_default_str();
    command->add_flag("--once", options->once, "Stop once both apps were seen to do their work");
    command->callback([up, options, &exit_status] {
        const bool settled = settle_data_folder(up->data);
        options->up = *up;
        exit_status = settled ? cli::run_quickstart(*options, std::cout, std::cerr) : 1;
    });
}

void add_backup_and_restore(CLI::App& app, int& exit_status) {
    struct Given {
        fs::path data;
        fs::path file;
    };
    const auto add = [&](const char* name, const char* help, auto run) {
        auto given = std::make_shared<Given>();
        CLI::App* command = app.add_subcommand(name, help)->group(kPlatform);
        add_data_option(*command, given->data, "Data folder; default: $WASMBED_DATA or ~/.wasmbed");
        command->callback([given, run, name, &exit_status] {
            exit_status = 1;
            if (!settle_data_folder(given->data)) return;
            const auto done = run(*given);
            if (!done) std::cerr << "wasmbed " << name << ": " << done.error() << std::endl;
            exit_status = done ? 0 : 1;
        });
        return std::pair(command, given);
    };
    auto [backup, to] = add("backup", "Write a data folder into one file, also while the platform runs",
                            [](const Given& given) { return cli::backup(given.data, given.file); });
    backup->add_option("-o,--output", to->file, "File to make; it holds keys, mode 0600")->required();
    auto [restore, from] = add("restore", "Make a data folder from a backup",
                               [](const Given& given) { return cli::restore(given.file, given.data); });
    restore->add_option("file", from->file, "File that `wasmbed backup` made")->required();
}

// Connects with the credentials that the flags mean, and blocks until the command is done.
Host shell_host(const Flags& flags, int& exit_status) {
    return {
        .add_flags =
            [flags](CLI::App& command) {
                command.add_option("--kubeconfig", flags->kubeconfig,
                                   "Credentials; default: $KUBECONFIG, or the data folder's");
                command.add_option("-n,--namespace", flags->ns, "Namespace; default: the kubeconfig's");
            },
        .run = [flags, &exit_status](
                   std::function<Task<int>(Context&)> command) { exit_status = cli::run_command(*flags, command); }};
}

struct FileWords {
    Words files;
    Words words;
};

Result<std::vector<json::value>, std::string> read_files(const Words& files) {
    const bool from_stdin = std::find(files.begin(), files.end(), "-") != files.end();
    const std::string text = from_stdin ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : std::string();
    return cli::read_objects(files, text);
}

Task<int> apply_files(Context& context, Words files) {
    auto objects = read_files(files);
    if (!objects) co_return cli::report(context, objects.error());
    co_return co_await cli::apply(context, std::move(*objects));
}

Task<int> remove(Context& context, FileWords given) {
    if (given.files.empty()) co_return co_await cli::remove_named(context, given.words);
    auto objects = read_files(given.files);
    if (!objects) co_return cli::report(context, objects.error());
    co_return co_await cli::remove_objects(context, std::move(*objects));
}

void add_apply_and_delete(CLI::App& app, const Host& host) {
    auto files = std::make_shared<Words>();
    CLI::App* apply = add_command(app, host, "apply", "Make objects what files say", cli::kObjectsGroup, files,
                                  [](Context& context, const Words& given) { return apply_files(context, given); });
    apply->add_option("-f,--filename", *files, "YAML or JSON file, folder, or - for standard input")->required();

    auto what = std::make_shared<FileWords>();
    CLI::App* erase = add_command(app, host, "delete", "Delete objects", cli::kObjectsGroup, what,
                                  [](Context& context, const FileWords& given) { return remove(context, given); });
    erase->add_option("what", what->words, "KIND NAME... or KIND/NAME...");
    erase->add_option("-f,--filename", what->files, "YAML or JSON file, folder, or - for standard input");
}

void add_console(CLI::App& app, const Host& host) {
    auto device = std::make_shared<std::string>();
    CLI::App* console = add_command(app, host, "console", "The console of an emulated device: shown, and typed into",
                                    cli::kDevicesAndAppsGroup, device, [](Context& context, const std::string& name) {
                                        return cli::console(context, name, true, STDIN_FILENO);
                                    });
    console->add_option("device", *device, "Device")->required();
}

void add_user(CLI::App& app, const Host& host) {
    CLI::App* group =
        app.add_subcommand("user", "Tokens of people at the API server")->group(kPlatform)->require_subcommand(1);
    auto user = std::make_shared<cli::NewUser>();
    CLI::App* create =
        add_command(*group, host, "create", "Make a token; it is shown once", "Commands", user,
                    [](Context& context, const cli::NewUser& given) { return cli::create_user(context, given); });
    create->add_option("name", user->name, "Who will show it")->required();
    create->add_option("--role", user->role, "admin, editor or viewer")
        ->check(CLI::IsMember({"admin", "editor", "viewer"}))
        ->required();
    create->add_option("--days", user->days, "How long it counts; default: until it is revoked")
        ->check(CLI::Range(1, 36500));
    auto nothing = std::make_shared<std::string>();
    add_command(*group, host, "list", "Show the tokens there are, without the secrets", "Commands", nothing,
                [](Context& context, const std::string&) { return cli::list_users(context); });
    auto name = std::make_shared<std::string>();
    CLI::App* revoke =
        add_command(*group, host, "revoke", "Delete all tokens of a user, or one by its name", "Commands", name,
                    [](Context& context, const std::string& given) { return cli::revoke_user(context, given); });
    revoke->add_option("name", *name, "User or token")->required();
}

void add_dashboard(CLI::App& app, const Host& host, const Flags& flags) {
    auto url = std::make_shared<std::string>();
    CLI::App* command =
        add_command(app, host, "dashboard", "Print a link that logs in to the dashboard, once", kPlatform, url,
                    [flags](Context& context, const std::string& given) {
                        auto path = cli::find_kubeconfig_path(*flags);
                        return cli::dashboard(context, given.empty() && path ? cli::dashboard_url(*path) : given);
                    });
    command->add_option("--url", *url, "Where it is; default: on this machine, the port of the data folder");
}

// The SDK of an installation stands beside bin/; a build's binary knows the source tree it was built from.
fs::path sdk_folder() {
    const fs::path installed = install_root() / "sdk" / "c";
    return fs::exists(installed) ? installed : fs::path(kSourceSdk);
}

void add_app(CLI::App& app, int& exit_status) {
    CLI::App* group = app.add_subcommand("app", "Make apps")->group(cli::kDevicesAndAppsGroup)->require_subcommand(1);
    auto options = std::make_shared<cli::AppBuildOptions>();
    options->sdk_dir = sdk_folder();
    CLI::App* build = group->add_subcommand("build", "Compile a C or C++ file to WebAssembly");
    build->add_option("source", options->source, "Source file")->required();
    build->add_option("-o,--output", options->output, "Module to make; default: the source's name with .wasm");
    build->add_flag("--wasi", options->wasi, "Against wasi-libc, with a C library");
    build->add_option("--sdk", options->sdk_dir, "Folder of wasmbed.h and crt.c")->capture_default_str();
    build->callback([options, &exit_status] { exit_status = cli::app_build(*options, std::cout, std::cerr); });
}

}  // namespace

fs::path install_root() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path(".") : self.parent_path().parent_path();
}

void add_client_commands(CLI::App& app, int& exit_status) {
    auto flags = std::make_shared<cli::ClientFlags>();
    const Host host = shell_host(flags, exit_status);
    add_up(app, exit_status);
    add_quickstart(app, exit_status);
    add_backup_and_restore(app, exit_status);
    cli::add_reading_commands(app, host);
    add_apply_and_delete(app, host);
    add_console(app, host);
    cli::add_device_commands(app, host);
    add_app(app, exit_status);
    add_user(app, host);
    add_dashboard(app, host, flags);
    CLI::App* version = app.add_subcommand("version", "Print the version")->group(kPlatform);
    version->callback([] { std::cout << "wasmbed " << kVersion << std::endl; });
}

}  // namespace wasmbed::cmd
