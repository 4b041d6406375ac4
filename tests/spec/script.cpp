#include "tests/spec/script.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace wasmbed::spec {

namespace {

namespace json = boost::json;

std::string text(const json::object& object, const char* key) {
    const json::value* found = object.if_contains(key);
    return found == nullptr ? std::string() : std::string(found->as_string());
}

Value read_value(const json::object& object) {
    Value value;
    value.type = text(object, "type");
    const json::value* raw = object.if_contains("value");
    if (raw == nullptr) {
        value.pattern = Value::Pattern::kAnyReference;
        return value;
    }
    const std::string digits(raw->as_string());
    if (digits == "nan:canonical") {
        value.pattern = Value::Pattern::kCanonicalNan;
    } else if (digits == "nan:arithmetic") {
        value.pattern = Value::Pattern::kArithmeticNan;
    } else if (digits != "null") {
        value.bits = std::stoull(digits);
        // References are never zero in the engine; zero is null.
        if (value.type == "externref" || value.type == "funcref") ++value.bits;
    }
    return value;
}

std::vector<Value> read_values(const json::object& object, const char* key) {
    std::vector<Value> values;
    const json::value* found = object.if_contains(key);
    if (found == nullptr) return values;
    for (const json::value& item : found->as_array()) values.push_back(read_value(item.as_object()));
    return values;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot open " + path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<Command> read_script(const std::string& directory) {
    const std::filesystem::path folder = directory;
    std::vector<Command> commands;
    const json::value script = json::parse(read_file(folder / (folder.filename().string() + ".json")));
    for (const json::value& item : script.as_object().at("commands").as_array()) {
        const json::object& object = item.as_object();
        Command command;
        command.type = text(object, "type");
        command.line = static_cast<std::uint32_t>(object.at("line").to_number<int>());
        command.filename = text(object, "filename");
        command.text = text(object, "text");
        command.name = text(object, "name");
        command.as = text(object, "as");
        command.text_module = text(object, "module_type") == "text";
        command.expected = read_values(object, "expected");
        if (!command.filename.empty() && !command.text_module) {
            const std::string bytes = read_file(folder / command.filename);
            command.wasm.assign(bytes.begin(), bytes.end());
        }
        if (const json::value* action = object.if_contains("action")) {
            const json::object& what = action->as_object();
            command.action.is_get = text(what, "type") == "get";
            command.action.module = text(what, "module");
            command.action.field = text(what, "field");
            command.action.arguments = read_values(what, "args");
        }
        commands.push_back(std::move(command));
    }
    return commands;
}

}  // namespace wasmbed::spec
