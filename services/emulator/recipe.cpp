#include "services/emulator/recipe.hpp"

#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "host/base/json.hpp"

namespace wasmbed::emulator {
namespace {

constexpr std::string_view kRecipeSuffix = ".emulator.json";

Result<std::uint64_t, std::string> size_member(const json::value& root, std::string_view name) {
    const std::int64_t value = json_int(root, {"store", name}, -1);
    if (value < 0) return fail("store." + std::string(name) + " must be a number of bytes");
    return static_cast<std::uint64_t>(value);
}

Result<board::Storage, std::string> parse_store(const json::value& root) {
    auto bytes = size_member(root, "bytes");
    if (!bytes) return fail(bytes.error());
    auto offset = size_member(root, "factoryOffset");
    if (!offset) return fail(offset.error());
    auto factory = size_member(root, "factoryBytes");
    if (!factory) return fail(factory.error());
    if (*factory == 0 || *factory > *bytes || *offset > *bytes - *factory)
        return fail(std::string("store: the factory partition must lie inside the store"));
    return board::Storage{*bytes, *offset, *factory};
}

Result<std::optional<Recipe::SecureElement>, std::string> parse_secure_element(const json::value& root) {
    if (!json_object(root, {"secureElement"})) return std::optional<Recipe::SecureElement>{};
    const std::int64_t block = json_int(root, {"secureElement", "eraseBlock"});
    const std::int64_t unit = json_int(root, {"secureElement", "programUnit"});
    const auto power_of_two = [](std::int64_t value, std::int64_t max) {
        return value > 0 && value <= max && (value & (value - 1)) == 0;
    };
    if (!power_of_two(block, 32768) || !power_of_two(unit, 16))
        return fail(
            std::string("secureElement: eraseBlock and programUnit must be powers of two, programUnit 16 at "
                        "most, eraseBlock 32768"));
    return std::optional<Recipe::SecureElement>({static_cast<std::uint16_t>(block), static_cast<std::uint8_t>(unit)});
}

std::string known_boards(const std::filesystem::path& firmware_dir) {
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(firmware_dir, error)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(kRecipeSuffix)) names.insert(name.substr(0, name.size() - kRecipeSuffix.size()));
    }
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return list.empty() ? "none" : list;
}

}  // namespace

Result<Recipe, std::string> parse_recipe(std::string_view text) {
    auto root = parse_json(text);
    if (!root) return fail(root.error());
    Recipe recipe;
    const std::string_view kind = json_string(*root, {"kind"});
    if (kind != "qemu" && kind != "process") return fail(std::string("kind must be \"qemu\" or \"process\""));
    recipe.kind = kind == "qemu" ? Recipe::Kind::qemu : Recipe::Kind::process;
    recipe.binary = json_string(*root, {"binary"});
    if (recipe.kind == Recipe::Kind::qemu && recipe.binary.empty())
        return fail(std::string("binary must name the QEMU program"));
    recipe.min_version = json_string(*root, {"minVersion"});
    recipe.host_address = json_string(*root, {"hostAddress"});
    if (recipe.host_address.empty())
        return fail(std::string("hostAddress must be an address of the host as the board sees it"));
    const json::array* args = json_array(*root, {"args"});
    if (!args) return fail(std::string("args must be an array of strings"));
    for (const json::value& argument : *args) {
        if (!argument.is_string()) return fail(std::string("args must be an array of strings"));
        recipe.args.emplace_back(argument.get_string());
    }
    const std::string_view entropy = json_string(*root, {"entropy"});
    if (!entropy.empty() && entropy != "pipe") return fail(std::string("entropy must be \"pipe\", or be left out"));
    recipe.entropy_pipe = entropy == "pipe";
    if (json_find(*root, {"store"})) {
        auto store = parse_store(*root);
        if (!store) return fail(store.error());
        recipe.store = *store;
    }
    auto element = parse_secure_element(*root);
    if (!element) return fail(element.error());
    recipe.secure_element = *element;
    const std::string_view link = json_string(*root, {"link"});
    if (!link.empty() && link != "serial") return fail(std::string("link must be \"serial\", or be left out"));
    recipe.serial_link = link == "serial";
    const std::string_view credentials = json_string(*root, {"credentials"});
    if (!credentials.empty() && credentials != "psk")
        return fail(std::string("credentials must be \"psk\", or be left out for certificates"));
    recipe.psk = credentials == "psk";
    recipe.firmware_suffix = json_string(*root, {"firmware"}, "elf");
    return recipe;
}

Result<BoardFiles, std::string> load_board(const std::filesystem::path& firmware_dir, const std::string& board) {
    // A board's name becomes part of a path, and it comes from an object that anyone with write access made.
    const bool safe = !board.empty() && board.front() != '.' && board.find('/') == std::string::npos;
    const std::filesystem::path recipe_file = firmware_dir / (board + std::string(kRecipeSuffix));
    std::ifstream file;
    if (safe) file.open(recipe_file);
    if (!file.is_open())
        return fail("board '" + board + "' cannot be emulated; boards with an emulator recipe in " +
                    firmware_dir.string() + ": " + known_boards(firmware_dir));
    std::ostringstream text;
    text << file.rdbuf();
    auto recipe = parse_recipe(text.str());
    if (!recipe) return fail(recipe_file.string() + ": " + recipe.error());
    BoardFiles files{*recipe, firmware_dir / (board + "." + recipe->firmware_suffix), {}};
    const std::filesystem::path tree_file = firmware_dir / (board + ".dtb");
    if (std::filesystem::exists(tree_file)) {
        auto tree = board::load_device_tree(tree_file);
        if (!tree) return fail(tree.error());
        files.tree = std::move(*tree);
    }
    if (files.recipe.store.bytes == 0) files.recipe.store = files.tree.storage;
    if (files.recipe.store.bytes == 0)
        return fail("neither " + recipe_file.string() + " (store) nor " + tree_file.string() +
                    " (a partition labelled factory) says where the factory partition is");
    if (!std::filesystem::exists(files.firmware))
        return fail("the firmware " + files.firmware.string() + " does not exist; `./dev build` makes it");
    return files;
}

Result<std::string, std::string> fill_placeholders(std::string_view argument,
                                                   const std::map<std::string, std::string>& values) {
    std::string out;
    for (std::size_t at = 0; at < argument.size();) {
        const std::size_t open = argument.find('{', at);
        if (open == std::string_view::npos) return out + std::string(argument.substr(at));
        const std::size_t close = argument.find('}', open);
        if (close == std::string_view::npos) return fail("'{' without '}' in \"" + std::string(argument) + "\"");
        const std::string name(argument.substr(open + 1, close - open - 1));
        const auto value = values.find(name);
        if (value == values.end())
            return fail("unknown placeholder {" + name + "} in \"" + std::string(argument) + "\"");
        out += argument.substr(at, open - at);
        out += value->second;
        at = close + 1;
    }
    return out;
}

bool version_at_least(std::string_view found, std::string_view wanted) {
    while (!wanted.empty()) {
        int have = 0;
        int need = 0;
        const auto after_need = std::from_chars(wanted.begin(), wanted.end(), need);
        const auto after_have = std::from_chars(found.begin(), found.end(), have);
        if (have != need) return have > need;
        const auto rest = [](std::string_view text, const char* next) {
            return next < text.end() && *next == '.' ? std::string_view(next + 1, text.end()) : std::string_view();
        };
        wanted = rest(wanted, after_need.ptr);
        found = rest(found, after_have.ptr);
    }
    return true;
}

std::string find_version(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789";
    for (std::size_t at = text.find_first_of(kDigits); at != std::string_view::npos;
         at = text.find_first_of(kDigits, text.find_first_not_of(kDigits, at))) {
        const std::string_view number = text.substr(at, text.find_first_not_of("0123456789.", at) - at);
        if (number.find('.') != std::string_view::npos) return std::string(number);
    }
    return {};
}

}  // namespace wasmbed::emulator
