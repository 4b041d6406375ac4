#include "services/apiserver/json_path.hpp"

#include <charconv>
#include <string>

namespace wasmbed::apiserver {
namespace {

using Nodes = std::vector<const json::value*>;

void select_member(Nodes& nodes, std::string_view name) {
    Nodes found;
    for (const auto* node : nodes) {
        if (const auto* member = json_find(*node, {name})) found.push_back(member);
    }
    nodes = std::move(found);
}

void select_all(Nodes& nodes) {
    Nodes found;
    for (const auto* node : nodes) {
        if (const auto* array = node->if_array()) {
            for (const auto& item : *array) found.push_back(&item);
        } else if (const auto* object = node->if_object()) {
            for (const auto& member : *object) found.push_back(&member.value());
        }
    }
    nodes = std::move(found);
}

void select_index(Nodes& nodes, std::int64_t index) {
    Nodes found;
    for (const auto* node : nodes) {
        const auto* array = node->if_array();
        if (!array) continue;
        auto at = index < 0 ? index + std::int64_t(array->size()) : index;
        if (at >= 0 && at < std::int64_t(array->size())) found.push_back(&(*array)[std::size_t(at)]);
    }
    nodes = std::move(found);
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::string_view unquoted(std::string_view text) {
    text = trimmed(text);
    bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    return quoted ? text.substr(1, text.size() - 2) : text;
}

/// "@.type==\"Ready\"" or with "!=": keeps the array items for which it holds.
void select_where(Nodes& nodes, std::string_view condition) {
    bool equal = true;
    auto at = condition.find("==");
    if (at == condition.npos) {
        at = condition.find("!=");
        equal = false;
    }
    auto left = trimmed(condition.substr(0, at));
    if (at == condition.npos || !left.starts_with('@')) {
        nodes.clear();
        return;
    }
    auto wanted = unquoted(condition.substr(at + 2));
    Nodes found;
    select_all(nodes);
    for (const auto* item : nodes) {
        auto selected = json_path(*item, left.substr(1));
        std::string value;
        if (!selected.empty()) {
            value = selected[0]->is_string() ? std::string(selected[0]->get_string()) : json::serialize(*selected[0]);
        }
        if ((value == wanted) == equal) found.push_back(item);
    }
    nodes = std::move(found);
}

bool select_bracket(Nodes& nodes, std::string_view inside) {
    inside = trimmed(inside);
    if (inside == "*") {
        select_all(nodes);
    } else if (inside.starts_with("?(") && inside.ends_with(")")) {
        select_where(nodes, inside.substr(2, inside.size() - 3));
    } else if (inside.starts_with('\'') || inside.starts_with('"')) {
        select_member(nodes, unquoted(inside));
    } else {
        std::int64_t index = 0;
        auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
        if (error != std::errc() || end != inside.data() + inside.size()) return false;
        select_index(nodes, index);
    }
    return true;
}

}  // namespace

std::vector<const json::value*> json_path(const json::value& root, std::string_view path) {
    Nodes nodes{&root};
    while (!path.empty() && !nodes.empty()) {
        if (path[0] == '[') {
            auto close = path.starts_with("[?(") ? path.find(")]") : path.find(']');
            if (close == path.npos) return {};
            if (path.starts_with("[?(")) ++close;
            if (!select_bracket(nodes, path.substr(1, close - 1))) return {};
            path.remove_prefix(close + 1);
            continue;
        }
        if (path[0] == '.') path.remove_prefix(1);
        std::string name;
        while (!path.empty() && path[0] != '.' && path[0] != '[') {
            if (path[0] == '\\' && path.size() > 1) path.remove_prefix(1);  // "\." is a dot in the name
            name += path[0];
            path.remove_prefix(1);
        }
        if (name == "*") {
            select_all(nodes);
        } else if (!name.empty()) {
            select_member(nodes, name);
        }
    }
    return nodes;
}

}  // namespace wasmbed::apiserver
