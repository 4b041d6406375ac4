// Sets of field paths, as metadata.managedFields carries them (FieldsV1).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::apiserver::apply {

/// A tree of path elements: "f:spec" names a member, `k:{"name":"a"}` an item of a keyed list, `v:"a"` a member of a
/// set. A path is in the set when its node is `owned`. Nodes without an owned one at or below them are not kept.
struct FieldSet {
    bool owned = false;
    std::map<std::string, FieldSet, std::less<>> children;

    bool empty() const { return !owned && children.empty(); }
    const FieldSet* find(std::string_view element) const;
    /// Puts `below` under `element`, unless it is empty.
    void attach(std::string_view element, FieldSet below);
    bool operator==(const FieldSet&) const = default;
};

/// FieldsV1: {"f:metadata": {"f:labels": {".": {}, "f:site": {}}}}. What is not of that form is left out.
FieldSet fields_from_json(const json::object& fields);
json::object fields_to_json(const FieldSet& set);

FieldSet unite(FieldSet a, const FieldSet& b);
FieldSet intersect(const FieldSet& a, const FieldSet& b);
/// The paths of `a` that are not in `b`.
FieldSet subtract(FieldSet a, const FieldSet& b);

/// Each path as messages name it: ".spec.modules[name=\"blink\"].digest".
std::vector<std::string> path_texts(const FieldSet& set);

}  // namespace wasmbed::apiserver::apply
