// `wasmbed pki`: the keys and certificates of a platform that `wasmbed up` does not run.
#include <chrono>
#include <iostream>
#include <memory>

#include "cmd/wasmbed/commands.hpp"
#include "host/pki/directory.hpp"

namespace wasmbed::cmd {

void add_pki_command(CLI::App& app, int& exit_status) {
    struct Given {
        std::filesystem::path folder;
        pki::DirectoryOptions options;
    };
    auto given = std::make_shared<Given>();
    CLI::App* command = app.add_subcommand("pki", "Make the keys and certificates of the roles, or renew what expires")
                            ->group("Platform");
    command->add_option("folder", given->folder, "Folder for them; what is there stays")->required();
    command->add_option("--namespace", given->options.roles_namespace, "Namespace of the roles")->capture_default_str();
    command->add_option("--gateway", given->options.gateways, "Name of a gateway; may be given often")
        ->capture_default_str();
    command->callback([given, &exit_status] {
        auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        auto made = pki::PkiDirectory::open_or_create(given->folder, given->options, now);
        exit_status = made ? 0 : 1;
        if (!made) std::cerr << "wasmbed pki: " << made.error().message << std::endl;
    });
}

}  // namespace wasmbed::cmd
