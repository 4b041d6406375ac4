#include "services/apiserver/apply/field_set.hpp"

namespace wasmbed::apiserver::apply {
namespace {

std::string element_text(std::string_view element) {
    auto rest = element.size() > 2 ? element.substr(2) : std::string_view();
    if (element.starts_with("v:")) return "[=" + std::string(rest) + "]";
    if (!element.starts_with("k:")) return "." + std::string(rest);
    auto keys = parse_json(rest);
    std::string text;
    if (keys && keys->is_object()) {
        for (const auto& key : keys->get_object()) {
            text += (text.empty() ? "" : ",") + std::string(key.key()) + "=" + json::serialize(key.value());
        }
    }
    return "[" + text + "]";
}

void collect(const FieldSet& set, const std::string& path, std::vector<std::string>& into) {
    if (set.owned) into.push_back(path);
    for (const auto& [element, below] : set.children) collect(below, path + element_text(element), into);
}

}  // namespace

const FieldSet* FieldSet::find(std::string_view element) const {
    auto found = children.find(element);
    return found == children.end() ? nullptr : &found->second;
}

void FieldSet::attach(std::string_view element, FieldSet below) {
    if (!below.empty()) children.insert_or_assign(std::string(element), std::move(below));
}

FieldSet fields_from_json(const json::object& fields) {
    FieldSet set;
    for (const auto& member : fields) {
        if (member.key() == ".") {
            set.owned = true;
        } else if (const auto* object = member.value().if_object()) {
            auto below = fields_from_json(*object);
            if (object->empty()) below.owned = true;
            set.attach(member.key(), std::move(below));
        }
    }
    return set;
}

json::object fields_to_json(const FieldSet& set) {
    json::object fields;
    if (set.owned && !set.children.empty()) fields["."] = json::object();
    for (const auto& [element, below] : set.children) fields[element] = fields_to_json(below);
    return fields;
}

FieldSet unite(FieldSet a, const FieldSet& b) {
    a.owned |= b.owned;
    for (const auto& [element, below] : b.children) {
        auto& here = a.children[element];
        here = unite(std::move(here), below);
    }
    return a;
}

FieldSet intersect(const FieldSet& a, const FieldSet& b) {
    FieldSet both;
    both.owned = a.owned && b.owned;
    for (const auto& [element, below] : a.children) {
        if (const auto* other = b.find(element)) both.attach(element, intersect(below, *other));
    }
    return both;
}

FieldSet subtract(FieldSet a, const FieldSet& b) {
    if (b.owned) a.owned = false;
    for (const auto& [element, below] : b.children) {
        auto found = a.children.find(element);
        if (found == a.children.end()) continue;
        found->second = subtract(std::move(found->second), below);
        if (found->second.empty()) a.children.erase(found);
    }
    return a;
}

std::vector<std::string> path_texts(const FieldSet& set) {
    std::vector<std::string> texts;
    collect(set, {}, texts);
    return texts;
}

}  // namespace wasmbed::apiserver::apply
