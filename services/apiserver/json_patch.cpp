#include "services/apiserver/json_patch.hpp"

#include <charconv>
#include <optional>
#include <vector>

namespace wasmbed::apiserver {
namespace {

constexpr std::size_t kOperationsMax = 10'000;

using Pointer = std::vector<std::string>;

/// RFC 6901: "/a~1b/0".
std::optional<Pointer> parse_pointer(std::string_view text) {
    Pointer steps;
    if (!text.empty() && text[0] != '/') return {};
    while (!text.empty()) {
        text.remove_prefix(1);
        auto end = text.find('/');
        std::string step;
        for (auto part = text.substr(0, end); !part.empty(); part.remove_prefix(1)) {
            bool escape = part[0] == '~' && part.size() > 1;
            if (escape) part.remove_prefix(1);
            step += escape && part[0] == '0' ? '~' : escape && part[0] == '1' ? '/' : part[0];
        }
        steps.push_back(std::move(step));
        text.remove_prefix(end == text.npos ? text.size() : end);
    }
    return steps;
}

std::optional<std::size_t> parse_index(std::string_view text) {
    std::size_t index = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    bool leading_zero = text.size() > 1 && text[0] == '0';
    if (error != std::errc() || end != text.data() + text.size() || leading_zero) return {};
    return index;
}

json::value* step_into(json::value& at, const std::string& step) {
    if (auto* object = at.if_object()) return object->if_contains(step);
    auto* array = at.if_array();
    auto index = array ? parse_index(step) : std::nullopt;
    return index && *index < array->size() ? &(*array)[*index] : nullptr;
}

json::value* find(json::value& root, const Pointer& pointer, std::size_t steps) {
    json::value* at = &root;
    for (std::size_t i = 0; at && i < steps; ++i) at = step_into(*at, pointer[i]);
    return at;
}

bool add(json::value& root, const Pointer& pointer, json::value value) {
    if (pointer.empty()) {
        root = std::move(value);
        return true;
    }
    json::value* parent = find(root, pointer, pointer.size() - 1);
    if (!parent) return false;
    if (auto* object = parent->if_object()) {
        (*object)[pointer.back()] = std::move(value);
        return true;
    }
    auto* array = parent->if_array();
    if (!array) return false;
    auto index = pointer.back() == "-" ? array->size() : parse_index(pointer.back());
    if (!index || *index > array->size()) return false;
    array->insert(array->begin() + std::ptrdiff_t(*index), std::move(value));
    return true;
}

bool remove(json::value& root, const Pointer& pointer) {
    json::value* parent = pointer.empty() ? nullptr : find(root, pointer, pointer.size() - 1);
    if (!parent || !step_into(*parent, pointer.back())) return false;
    if (auto* object = parent->if_object()) {
        object->erase(pointer.back());
    } else {
        auto& array = parent->get_array();
        array.erase(array.begin() + std::ptrdiff_t(*parse_index(pointer.back())));
    }
    return true;
}

/// Empty when the operation was applied, else why not.
std::string apply_one(json::value& target, const json::value& operation) {
    auto op = json_string(operation, {"op"});
    auto path = parse_pointer(json_string(operation, {"path"}));
    const auto* value = json_find(operation, {"value"});
    if (!json_find(operation, {"path"}) || !path) return "path is not a JSON pointer";
    bool needs_value = op == "add" || op == "replace" || op == "test";
    if (needs_value && !value) return "value is missing";
    auto missing = [&] { return "path \"" + std::string(json_string(operation, {"path"})) + "\" does not exist"; };
    if (op == "add") return add(target, *path, *value) ? "" : missing();
    if (op == "remove") return remove(target, *path) ? "" : missing();
    if (op == "replace" || op == "test") {
        json::value* at = find(target, *path, path->size());
        if (!at) return missing();
        if (op == "test") return *at == *value ? "" : "test failed: the value is another one";
        *at = *value;
        return "";
    }
    if (op == "move" || op == "copy") {
        auto from = parse_pointer(json_string(operation, {"from"}));
        json::value* source = from ? find(target, *from, from->size()) : nullptr;
        if (!source) return "from \"" + std::string(json_string(operation, {"from"})) + "\" does not exist";
        json::value moved = *source;
        if (op == "move" && !remove(target, *from)) return "from cannot be removed";
        return add(target, *path, std::move(moved)) ? "" : missing();
    }
    return "op \"" + std::string(op) + "\" is not one of add, remove, replace, move, copy, test";
}

}  // namespace

Result<void, std::string> apply_json_patch(json::value& target, const json::value& patch) {
    const auto* operations = patch.if_array();
    if (!operations) return fail(std::string("a JSON patch must be an array of operations"));
    if (operations->size() > kOperationsMax) return fail(std::string("a JSON patch may hold 10000 operations at most"));
    for (std::size_t i = 0; i < operations->size(); ++i) {
        auto error = apply_one(target, (*operations)[i]);
        if (!error.empty()) return fail("operation " + std::to_string(i) + ": " + error);
    }
    return {};
}

}  // namespace wasmbed::apiserver
