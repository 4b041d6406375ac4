#include "services/apiserver/apply/managers.hpp"

#include <algorithm>
#include <tuple>

namespace wasmbed::apiserver::apply {
namespace {

constexpr char kBeforeFirstApply[] = "before-first-apply";

/// What belongs to the server, or says which object is meant.
FieldSet owned_by_nobody() {
    FieldSet set;
    for (auto name : {"f:apiVersion", "f:kind"}) set.children[name].owned = true;
    auto& metadata = set.children["f:metadata"];
    metadata.owned = true;
    for (auto name :
         {"f:name", "f:generateName", "f:namespace", "f:uid", "f:resourceVersion", "f:generation", "f:selfLink",
          "f:creationTimestamp", "f:deletionTimestamp", "f:deletionGracePeriodSeconds", "f:managedFields"}) {
        metadata.children[name].owned = true;
    }
    return set;
}

/// Without the fields that nobody owns, and without those that this subresource cannot write.
FieldSet ownable(FieldSet set, const std::string& subresource) {
    static const FieldSet kNobody = owned_by_nobody();
    set = subtract(std::move(set), kNobody);
    set.owned = false;
    bool status = subresource == "status";
    std::erase_if(set.children, [&](const auto& child) { return (child.first == "f:status") != status; });
    return set;
}

Manager* find(Managers& managers, const Writer& writer) {
    auto found = std::find_if(managers.begin(), managers.end(), [&](auto& m) { return m.writer.same(writer); });
    return found == managers.end() ? nullptr : &*found;
}

/// Gives `fields` to the writer; the time is that of the last change of what it owns.
void set_fields(Managers& managers, const Writer& writer, FieldSet fields) {
    auto* manager = find(managers, writer);
    if (!manager) {
        managers.push_back({writer, std::move(fields)});
    } else if (manager->fields != fields) {
        *manager = {writer, std::move(fields)};
    }
}

void drop_empty(Managers& managers) {
    std::erase_if(managers, [](const Manager& manager) { return manager.fields.empty(); });
}

/// What `managers` other than the writer own of the changes.
std::vector<Conflict> conflicts_with(const Managers& managers, const Writer& writer, const FieldSet& changed) {
    std::vector<Conflict> conflicts;
    for (const auto& manager : managers) {
        if (manager.writer.same(writer)) continue;
        auto both = intersect(manager.fields, changed);
        if (!both.empty()) conflicts.push_back({manager.writer, std::move(both)});
    }
    return conflicts;
}

/// Takes the changed and the removed fields away from everybody but the writer.
void take_over(Managers& managers, const Writer& writer, const FieldSet& changed, const FieldSet& removed) {
    for (auto& manager : managers) {
        if (!manager.writer.same(writer)) manager.fields = subtract(std::move(manager.fields), changed);
        manager.fields = subtract(std::move(manager.fields), removed);
    }
}

FieldSet all_fields(const Managers& managers) {
    FieldSet all;
    for (const auto& manager : managers) all = unite(std::move(all), manager.fields);
    return all;
}

Comparison ownable_changes(const json::value& schema, const json::value& before, const json::value& after,
                           const std::string& subresource) {
    auto changes = compare(schema, before, after);
    return {ownable(std::move(changes.added), subresource), ownable(std::move(changes.modified), subresource),
            ownable(std::move(changes.removed), subresource)};
}

}  // namespace

bool Writer::same(const Writer& other) const {
    return std::tie(name, operation, api_version, subresource) ==
           std::tie(other.name, other.operation, other.api_version, other.subresource);
}

Managers managers_of(const json::value& object) {
    Managers managers;
    const auto* entries = json_array(object, {"metadata", "managedFields"});
    for (std::size_t i = 0; entries && i < entries->size(); ++i) {
        const auto& entry = (*entries)[i];
        const auto* fields = json_object(entry, {"fieldsV1"});
        if (!fields) continue;
        auto text = [&](std::string_view name) { return std::string(json_string(entry, {name})); };
        Writer writer{text("manager"), text("operation"), text("apiVersion"), text("subresource"), text("time")};
        managers.push_back({std::move(writer), fields_from_json(*fields)});
    }
    return managers;
}

json::array managers_to_json(Managers managers) {
    drop_empty(managers);
    // As Kubernetes orders them: applies first, then by time.
    std::sort(managers.begin(), managers.end(), [](const Manager& a, const Manager& b) {
        auto key = [](const Writer& w) { return std::tie(w.operation, w.time, w.name, w.subresource, w.api_version); };
        return key(a.writer) < key(b.writer);
    });
    json::array entries;
    for (const auto& [writer, fields] : managers) {
        json::object entry{{"manager", writer.name},           {"operation", writer.operation},
                           {"apiVersion", writer.api_version}, {"time", writer.time},
                           {"fieldsType", "FieldsV1"},         {"fieldsV1", fields_to_json(fields)}};
        if (!writer.subresource.empty()) entry["subresource"] = writer.subresource;
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<Applied, std::vector<Conflict>> apply_config(const json::value& schema, const json::value& live,
                                                    const json::value& config, Managers managers, const Writer& writer,
                                                    bool force) {
    if (managers.empty()) {
        Writer before{kBeforeFirstApply, "Update", writer.api_version, {}, writer.time};
        managers.push_back({before, ownable(set_of(schema, live), {})});
        before.subresource = "status";
        managers.push_back({before, ownable(set_of(schema, live), "status")});
    }
    auto* previous = find(managers, writer);
    auto last = previous ? previous->fields : FieldSet();
    auto mine = ownable(set_of(schema, config), writer.subresource);
    set_fields(managers, writer, mine);
    auto object = live;
    merge(schema, object, config);
    prune_unowned(schema, object, last, all_fields(managers));
    auto changes = ownable_changes(schema, live, object, writer.subresource);
    auto changed = unite(changes.added, changes.modified);
    auto conflicts = conflicts_with(managers, writer, changed);
    if (!conflicts.empty() && !force) return fail(std::move(conflicts));
    take_over(managers, writer, changed, changes.removed);
    drop_empty(managers);
    return Applied{std::move(object), std::move(managers)};
}

Managers note_write(const json::value& schema, const json::value& before, const json::value& after, Managers managers,
                    const Writer& writer) {
    auto changes = ownable_changes(schema, before, after, writer.subresource);
    if (changes.empty()) return managers;
    auto changed = unite(changes.added, changes.modified);
    take_over(managers, writer, changed, changes.removed);
    auto* manager = find(managers, writer);
    set_fields(managers, writer, unite(manager ? manager->fields : FieldSet(), changed));
    drop_empty(managers);
    return managers;
}

Managers first_managers(const json::value& schema, const json::value& config, const Writer& writer) {
    Managers managers{{writer, ownable(set_of(schema, config), writer.subresource)}};
    drop_empty(managers);
    return managers;
}

}  // namespace wasmbed::apiserver::apply
