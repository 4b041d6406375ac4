#include "services/emulator/board_catalog.hpp"

#include <map>
#include <set>

#include "services/emulator/program_version.hpp"
#include "services/emulator/recipe.hpp"

namespace wasmbed::emulator {
namespace {

using Version = Result<std::string, std::string>;

constexpr std::string_view kRecipeEnd = ".emulator.json";

std::set<std::string> recipe_names(const std::filesystem::path& folder) {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(kRecipeEnd)) names.insert(name.substr(0, name.size() - kRecipeEnd.size()));
    }
    return names;
}

json::object describe(const std::string& name, const BoardFiles& files, const Version& version) {
    const Recipe& recipe = files.recipe;
    const bool new_enough = version && version_at_least(*version, recipe.min_version);
    std::string message = version ? "" : version.error();
    if (version && !new_enough) message = recipe.binary + " " + *version + " is older than " + recipe.min_version;
    json::object board{{"name", name},
                       {"kind", recipe.kind == Recipe::Kind::qemu ? "qemu" : "process"},
                       {"program", recipe.binary},
                       {"found", new_enough},
                       {"version", version ? *version : ""},
                       {"minVersion", recipe.min_version},
                       {"message", message}};
    const board::DeviceTree& tree = files.tree;
    // What the chip has, not what of it is left for apps: that the device tells itself (Device.status.capacity).
    board["ramBytes"] = tree.ram_bytes > 0 ? json::value(tree.ram_bytes) : json::value();
    board["flashBytes"] = tree.code_bytes > 0 ? json::value(tree.code_bytes) : json::value();
    board["leds"] = nullptr;
    if (tree.model.empty()) return board;  // a process has no tree: nothing is known of its parts
    json::array sensors;
    for (const board::Sensor& sensor : tree.sensors) sensors.emplace_back(sensor.name);
    board["model"] = tree.model;
    board["core"] = tree.core;
    board["leds"] = tree.leds.size();
    board["sensors"] = std::move(sensors);
    return board;
}

}  // namespace

Task<json::array> describe_boards(std::filesystem::path firmware_dir) {
    json::array boards;
    std::map<std::string, Version> versions{{"", std::string()}};  // the firmware is the program
    for (const auto& name : recipe_names(firmware_dir)) {
        auto files = load_board(firmware_dir, name);
        if (!files) {
            boards.push_back(json::object{{"name", name}, {"found", false}, {"message", files.error()}});
            continue;
        }
        Recipe& recipe = files->recipe;
        if (!recipe.binary.empty()) {
            auto usable = co_await find_program(recipe.binary, recipe.min_version, private_programs(firmware_dir));
            if (usable) recipe.binary = *usable;
        }
        if (!versions.contains(recipe.binary)) {
            auto version = co_await program_version(recipe.binary);
            versions.emplace(recipe.binary, std::move(version));
        }
        boards.push_back(describe(name, *files, versions.at(recipe.binary)));
    }
    co_return boards;
}

}  // namespace wasmbed::emulator
