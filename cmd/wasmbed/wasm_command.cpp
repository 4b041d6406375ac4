// `wasmbed wasm`: modules on this machine.
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

#include "cmd/wasmbed/commands.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/wasm/tools.hpp"

namespace wasmbed::cmd {
namespace {

namespace fs = std::filesystem;

void add_reader(CLI::App& group, int& exit_status, const char* name, const char* help,
                int (*tool)(const fs::path&, std::ostream&, std::ostream&)) {
    auto file = std::make_shared<fs::path>();
    CLI::App* command = group.add_subcommand(name, help);
    command->add_option("file", *file, "Module")->required();
    command->callback([file, tool, &exit_status] { exit_status = tool(*file, std::cout, std::cerr); });
}

void add_measure(CLI::App& group, int& exit_status) {
    struct Given {
        fs::path file;
        std::uint32_t stack_bytes = 2048;
    };
    auto given = std::make_shared<Given>();
    CLI::App* command = group.add_subcommand("measure", "Bytes that the module takes on a device");
    command->add_option("file", given->file, "Module")->required();
    command->add_option("--stack", given->stack_bytes, "Bytes for frames of its functions")
        ->capture_default_str()
        ->check(CLI::Range(0, 1 << 30));
    command->callback([given, &exit_status] {
        exit_status = wasm_tools::measure(given->file, given->stack_bytes, std::cout, std::cerr);
    });
}

void add_disasm(CLI::App& group, int& exit_status) {
    struct Given {
        fs::path file;
        std::optional<std::uint32_t> function;
    };
    auto given = std::make_shared<Given>();
    CLI::App* command = group.add_subcommand("disasm", "The translated code beside the module's bytes");
    command->add_option("file", given->file, "Module")->required();
    command->add_option("--function", given->function, "Index of one function; default: all")
        ->check(CLI::Range(0, 65535));
    command->callback([given, &exit_status] {
        exit_status = wasm_tools::disasm(given->file, given->function, std::cout, std::cerr);
    });
}

void add_shrink(CLI::App& group, int& exit_status) {
    struct Given {
        fs::path file;
        fs::path out;
    };
    auto given = std::make_shared<Given>();
    CLI::App* command = group.add_subcommand("shrink", "Make it declare the memory it uses, to the byte");
    command->add_option("file", given->file, "Module")->required();
    command->add_option("-o,--output", given->out, "Where to write the module")->required();
    command->callback(
        [given, &exit_status] { exit_status = wasm_tools::shrink(given->file, given->out, std::cout, std::cerr); });
}

void add_run(CLI::App& group, int& exit_status) {
    auto options = std::make_shared<wasm_tools::RunOptions>();
    CLI::App* command = group.add_subcommand("run", "Run it here, without a device; prints each result as type:value");
    command->add_option("file", options->file, "Module")->required();
    command->add_option("--invoke", options->invoke, "Exported function; default: _start");
    command->add_option("--fuel", options->fuel, "Calls and loop rounds at most; default: no bound")
        ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
    command->add_option("args", options->args,
                        "Arguments of the function, or of the program; behind -- if they begin with a dash");
    command->callback([options, &exit_status] { exit_status = wasm_tools::run(*options, std::cout, std::cerr); });
}

}  // namespace

void add_wasm_command(CLI::App& app, int& exit_status) {
    CLI::App* group = app.add_subcommand("wasm", "Look at modules, and run them on this machine")
                          ->group(cli::kDevicesAndAppsGroup)
                          ->require_subcommand(1);
    add_reader(*group, exit_status, "validate", "Print ok, or the rule that is broken and where", wasm_tools::validate);
    add_reader(*group, exit_status, "inspect", "Sections, imports with the permissions they need, exports, memory",
               wasm_tools::inspect);
    add_run(*group, exit_status);
    add_measure(*group, exit_status);
    add_disasm(*group, exit_status);
    add_shrink(*group, exit_status);
}

}  // namespace wasmbed::cmd
