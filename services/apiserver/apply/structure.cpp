#include "services/apiserver/apply/structure.hpp"

#include <algorithm>

namespace wasmbed::apiserver::apply {
namespace {

using Schema = const json::value*;  // null: nothing is known, maps are structured and lists are leaves

constexpr char kMetadataSchema[] = R"({"type": "object", "properties": {
  "labels": {"type": "object", "additionalProperties": {"type": "string"}},
  "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
  "finalizers": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
  "ownerReferences": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["uid"],
    "items": {"type": "object", "x-kubernetes-map-type": "atomic"}}}})";

enum class Shape { leaf, fields, keyed_list, set_list };

Shape shape_of(Schema schema, const json::value& value) {
    if (value.is_object()) {
        bool atomic = schema && json_string(*schema, {"x-kubernetes-map-type"}) == "atomic";
        return atomic ? Shape::leaf : Shape::fields;
    }
    if (!value.is_array() || !schema) return Shape::leaf;
    auto type = json_string(*schema, {"x-kubernetes-list-type"});
    return type == "map" ? Shape::keyed_list : type == "set" ? Shape::set_list : Shape::leaf;
}

Schema declared_field(Schema schema, std::string_view name) {
    return schema ? json_find(*schema, {"properties", name}) : nullptr;
}

Schema field_schema(Schema schema, std::string_view name) {
    if (auto declared = declared_field(schema, name)) return declared;
    auto any = schema ? json_find(*schema, {"additionalProperties"}) : nullptr;
    return any && any->is_object() ? any : nullptr;
}

Schema item_schema(Schema schema) {
    return schema ? json_find(*schema, {"items"}) : nullptr;
}

std::string field_element(std::string_view name) {
    return "f:" + std::string(name);
}

/// The path element of a list's item: its keys in order, absent ones with their default; or the value itself.
std::string item_element(Schema schema, Shape shape, const json::value& item) {
    if (shape == Shape::set_list) return "v:" + json::serialize(item);
    std::map<std::string, json::value> keys;
    if (const auto* names = json_array(*schema, {"x-kubernetes-list-map-keys"})) {
        for (const auto& name : *names) {
            auto key = std::string_view(name.as_string());
            const auto* value = json_find(item, {key});
            auto items = item_schema(schema);
            if (!value && items) value = json_find(*items, {"properties", key, "default"});
            if (value) keys[std::string(key)] = *value;
        }
    }
    json::object ordered;
    for (auto& [name, value] : keys) ordered[name] = std::move(value);
    return "k:" + json::serialize(ordered);
}

/// A part of an object, by its path element.
struct Part {
    std::string element;
    Schema schema = nullptr;
    const json::value* value = nullptr;
};

std::vector<Part> parts_of(Schema schema, const json::value& value) {
    std::vector<Part> parts;
    auto shape = shape_of(schema, value);
    if (const auto* object = value.if_object(); object && shape == Shape::fields) {
        for (const auto& member : *object) {
            parts.push_back({field_element(member.key()), field_schema(schema, member.key()), &member.value()});
        }
    } else if (shape != Shape::leaf) {
        for (const auto& item : value.get_array()) {
            parts.push_back({item_element(schema, shape, item), item_schema(schema), &item});
        }
    }
    return parts;
}

bool is_empty_container(const json::value* value) {
    if (!value || value->is_null()) return true;
    return (value->is_object() && value->get_object().empty()) || (value->is_array() && value->get_array().empty());
}

FieldSet set_below(Schema schema, const json::value& value) {
    FieldSet set;
    auto shape = shape_of(schema, value);
    set.owned = shape == Shape::leaf;
    for (auto& part : parts_of(schema, value)) {
        auto below = set_below(part.schema, *part.value);
        bool declared = shape == Shape::fields && declared_field(schema, std::string_view(part.element).substr(2));
        bool empty_map = part.value->is_object() && part.value->get_object().empty();
        if (!declared || empty_map) below.owned = true;
        set.attach(part.element, std::move(below));
    }
    return set;
}

/// Either may be null, not both.
Comparison compare_below(Schema schema, const json::value* before, const json::value* after) {
    Comparison found;
    if (before && after && *before == *after) return found;
    auto shape = shape_of(schema, before ? *before : *after);
    bool same_shape = !before || !after || shape == shape_of(schema, *after);
    bool leaf = shape == Shape::leaf || !same_shape || (is_empty_container(before) && is_empty_container(after));
    if (!before) found.added.owned = true;
    if (!after) found.removed.owned = true;
    if (leaf) {
        found.modified.owned = before && after;
        return found;
    }
    std::map<std::string, std::pair<Part, Part>> pairs;
    for (auto* side : {before, after}) {
        if (!side) continue;
        for (auto& part : parts_of(schema, *side)) {
            auto& pair = pairs[part.element];
            (side == before ? pair.first : pair.second) = part;
        }
    }
    for (const auto& [element, pair] : pairs) {
        const auto& [old, now] = pair;
        auto below = compare_below(old.value ? old.schema : now.schema, old.value, now.value);
        found.added.attach(element, std::move(below.added));
        found.modified.attach(element, std::move(below.modified));
        found.removed.attach(element, std::move(below.removed));
    }
    return found;
}

void merge_below(Schema schema, json::value& live, const json::value& config) {
    auto shape = shape_of(schema, config);
    if (shape == Shape::leaf || shape != shape_of(schema, live)) {
        live = config;
        return;
    }
    if (shape == Shape::fields) {
        for (const auto& member : config.get_object()) {
            auto* existing = live.get_object().if_contains(member.key());
            if (existing) {
                merge_below(field_schema(schema, member.key()), *existing, member.value());
            } else {
                live.get_object()[member.key()] = member.value();
            }
        }
        return;
    }
    auto& items = live.get_array();
    for (const auto& item : config.get_array()) {
        auto element = item_element(schema, shape, item);
        auto existing = std::find_if(items.begin(), items.end(),
                                     [&](const auto& other) { return item_element(schema, shape, other) == element; });
        if (existing == items.end()) {
            items.push_back(item);
        } else {
            merge_below(item_schema(schema), *existing, item);
        }
    }
}

/// Whether `value`, of which `last` and `keep` speak, has to go as a whole; prunes below it otherwise.
bool prune_below(Schema schema, json::value& value, const FieldSet* last, const FieldSet* keep) {
    if (!last) return false;
    if (!keep && last->owned) return true;
    auto shape = shape_of(schema, value);
    if (shape == Shape::leaf || is_empty_container(&value)) return false;
    auto below = [](const FieldSet* set, std::string_view element) { return set ? set->find(element) : nullptr; };
    if (shape == Shape::fields) {
        std::vector<std::string> gone;
        for (auto& member : value.get_object()) {
            auto element = field_element(member.key());
            bool goes = prune_below(field_schema(schema, member.key()), member.value(), below(last, element),
                                    below(keep, element));
            if (goes) gone.emplace_back(member.key());
        }
        for (const auto& name : gone) value.get_object().erase(name);
    } else {
        json::array kept;
        for (auto& item : value.get_array()) {
            auto element = item_element(schema, shape, item);
            bool goes = prune_below(item_schema(schema), item, below(last, element), below(keep, element));
            if (!goes) kept.push_back(std::move(item));
        }
        value = std::move(kept);
    }
    // A map or list that only held what went, goes with it.
    return !keep && is_empty_container(&value);
}

}  // namespace

json::value merge_schema(const json::value& schema) {
    json::value whole = schema.is_object() ? schema : json::value(json::object{{"type", "object"}});
    auto& properties = whole.get_object()["properties"];
    if (!properties.is_object()) properties = json::object();
    properties.get_object()["metadata"] = json::parse(kMetadataSchema);
    return whole;
}

FieldSet set_of(const json::value& schema, const json::value& value) {
    return set_below(&schema, value);
}

Comparison compare(const json::value& schema, const json::value& before, const json::value& after) {
    return compare_below(&schema, &before, &after);
}

void merge(const json::value& schema, json::value& live, const json::value& config) {
    merge_below(&schema, live, config);
}

void prune_unowned(const json::value& schema, json::value& value, const FieldSet& last, const FieldSet& keep) {
    prune_below(&schema, value, &last, &keep);
}

}  // namespace wasmbed::apiserver::apply
