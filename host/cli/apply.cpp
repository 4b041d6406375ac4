#include "host/cli/apply.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "host/base/yaml.hpp"

namespace wasmbed::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kStrictWrite[] = "?fieldManager=wasmbed-cli&fieldValidation=Strict";
constexpr char kLastApplied[] = "kubectl.kubernetes.io/last-applied-configuration";

Result<std::vector<fs::path>, std::string> expand(const std::string& file) {
    std::error_code error;
    if (!fs::is_directory(file, error)) return std::vector<fs::path>{file};
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(file, error)) {
        const std::string suffix = entry.path().extension().string();
        if (suffix == ".yaml" || suffix == ".yml" || suffix == ".json") found.push_back(entry.path());
    }
    if (found.empty()) return fail("the folder " + file + " has no .yaml, .yml or .json file");
    std::sort(found.begin(), found.end());
    return found;
}

Result<void, std::string> add_object(std::vector<json::value>& objects, json::value object, const std::string& where) {
    if (json_string(object, {"kind"}) == "List") {
        const json::array* items = json_array(object, {"items"});
        for (const json::value& item : items ? *items : json::array{}) {
            if (auto added = add_object(objects, item, where); !added) return added;
        }
        return {};
    }
    for (std::string_view needed : {"apiVersion", "kind"}) {
        if (json_string(object, {needed}).empty()) return fail(where + ": an object without " + std::string(needed));
    }
    const json::value* name = json_find(object, {"metadata", "name"});
    if (name && !name->is_string() && !name->is_null())
        return fail(where + ": metadata.name is " + json::serialize(*name) + ", not a string; put it in quotes");
    if (json_string(object, {"metadata", "name"}).empty()) return fail(where + ": an object without metadata.name");
    objects.push_back(std::move(object));
    return {};
}

// Only the removals of a merge patch, or all but the removals.
json::object part_of(const json::object& patch, bool removals) {
    json::object out;
    for (const auto& [key, value] : patch) {
        if (value.is_object()) {
            json::object inner = part_of(value.get_object(), removals);
            if (!inner.empty() || (!removals && value.get_object().empty())) out[key] = std::move(inner);
        } else if (value.is_null() == removals) {
            out[key] = value;
        }
    }
    return out;
}

json::object with_annotation(json::object object) {
    json::object& metadata = object["metadata"].as_object();
    if (json::value* annotations = metadata.if_contains("annotations"); annotations && annotations->is_object())
        annotations->as_object().erase(kLastApplied);
    else
        metadata["annotations"] = json::object{};
    const std::string text = json::serialize(object) + "\n";
    metadata["annotations"].as_object()[kLastApplied] = text;
    return object;
}

json::object last_applied_of(const json::value& current) {
    auto parsed = parse_json(json_string(current, {"metadata", "annotations", kLastApplied}));
    return parsed && parsed->is_object() ? parsed->get_object() : json::object{};
}

std::string namespace_for(const Context& context, const kube::ResourceType& type, const json::value& object) {
    return type.namespaced ? std::string(json_string(object, {"metadata", "namespace"}, context.ns)) : std::string();
}

/// A write that a misspelled field ends with its path, rather than to be dropped in silence.
Task<kube::ApiResult<json::value>> write_strictly(Context& context, std::string method, std::string path,
                                                  json::value body) {
    const char* type = method == "POST" ? "application/json" : "application/merge-patch+json";
    co_return co_await context.client.raw(std::move(method), path + kStrictWrite, std::move(body), type);
}

Task<int> apply_one(Context& context, json::value object) {
    const std::string kind(json_string(object, {"kind"}));
    auto type = find_kind(kind);
    if (!type)
        co_return report(context, "no matches for kind \"" + kind + "\" in version \"" +
                                      std::string(json_string(object, {"apiVersion"})) + "\"");
    const std::string ns = namespace_for(context, *type, object);
    const std::string name(json_string(object, {"metadata", "name"}));
    if (!ns.empty()) object.as_object()["metadata"].as_object()["namespace"] = ns;
    const json::object wanted = with_annotation(object.get_object());
    const std::string label = object_label(*type, name);

    auto current = co_await context.client.get(*type, ns, name);
    if (!current && !current.error().not_found()) co_return report(context, current.error());
    if (!current) {
        auto created = co_await write_strictly(context, "POST", type->path(ns), wanted);
        if (!created) co_return report(context, created.error());
        context.out << label << " created" << std::endl;
        co_return 0;
    }
    json::object patch = three_way_patch(last_applied_of(*current), wanted, current->get_object());
    if (patch.empty()) {
        context.out << label << " unchanged" << std::endl;
        co_return 0;
    }
    auto patched = co_await write_strictly(context, "PATCH", type->path(ns, name), std::move(patch));
    if (!patched) co_return report(context, patched.error());
    context.out << label << " configured" << std::endl;
    co_return 0;
}

Task<int> remove_one(Context& context, kube::ResourceType type, std::string ns, std::string name) {
    auto removed = co_await context.client.remove(type, ns, name);
    if (!removed) co_return report(context, removed.error());
    const std::string label = object_label(type, name);
    context.out << label.substr(0, label.find('/')) << " \"" << name << "\" deleted" << std::endl;
    co_return 0;
}

}  // namespace

Result<std::vector<json::value>, std::string> read_objects(const std::vector<std::string>& files,
                                                           const std::string& stdin_text) {
    std::vector<json::value> objects;
    const auto take = [&objects](const std::string& text, const std::string& where) -> Result<void, std::string> {
        auto documents = parse_yaml(text);  // JSON is YAML too
        if (!documents) return fail(where + ": " + documents.error());
        for (json::value& document : *documents) {
            if (auto added = add_object(objects, std::move(document), where); !added) return added;
        }
        return {};
    };
    for (const std::string& file : files) {
        if (file == "-") {
            if (auto taken = take(stdin_text, "standard input"); !taken) return fail(taken.error());
            continue;
        }
        auto paths = expand(file);
        if (!paths) return fail(paths.error());
        for (const fs::path& path : *paths) {
            auto text = net::read_file(path.string());
            if (!text) return fail(text.error());
            if (auto taken = take(*text, path.string()); !taken) return fail(taken.error());
        }
    }
    if (objects.empty()) return fail(std::string("no objects passed to apply"));
    return objects;
}

json::object three_way_patch(const json::object& last_applied, const json::object& wanted,
                             const json::object& current) {
    json::object patch = part_of(make_merge_patch(current, wanted), false);
    const json::object removals = part_of(make_merge_patch(last_applied, wanted), true);
    if (patch.empty() && removals.empty()) return patch;
    // A removal of what is gone already is no change.
    json::value after = current;
    apply_merge_patch(after, removals);
    if (patch.empty() && after == json::value(current)) return {};
    const auto merge = [](auto&& self, json::object& into, const json::object& from) -> void {
        for (const auto& [key, value] : from) {
            json::value* there = into.if_contains(key);
            if (there && there->is_object() && value.is_object())
                self(self, there->get_object(), value.get_object());
            else
                into[key] = value;
        }
    };
    merge(merge, patch, removals);
    return patch;
}

Task<int> apply(Context& context, std::vector<json::value> objects) {
    int status = 0;
    for (json::value& object : objects) {
        const int one = co_await apply_one(context, std::move(object));
        status = std::max(status, one);
    }
    co_return status;
}

Task<int> remove_named(Context& context, std::vector<std::string> words) {
    auto selection = parse_selection(words);
    if (!selection) co_return report(context, selection.error());
    if (selection->names.empty()) co_return report(context, "resource(s) were provided, but no name was specified");
    int status = 0;
    for (const std::string& name : selection->names) {
        const std::string ns = selection->type.namespaced ? context.ns : std::string();
        const int one = co_await remove_one(context, selection->type, ns, name);
        status = std::max(status, one);
    }
    co_return status;
}

Task<int> remove_objects(Context& context, std::vector<json::value> objects) {
    int status = 0;
    for (const json::value& object : objects) {
        auto type = find_kind(json_string(object, {"kind"}));
        if (!type) co_return report(context, type.error());
        const int one = co_await remove_one(context, *type, namespace_for(context, *type, object),
                                            std::string(json_string(object, {"metadata", "name"})));
        status = std::max(status, one);
    }
    co_return status;
}

}  // namespace wasmbed::cli
