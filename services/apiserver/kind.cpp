#include "services/apiserver/kind.hpp"

#include "host/base/yaml.hpp"
#include "services/apiserver/apply/structure.hpp"
#include "services/apiserver/crd_texts.hpp"

namespace wasmbed::apiserver {
namespace {

std::vector<std::string> strings(const json::array* array) {
    std::vector<std::string> out;
    for (std::size_t i = 0; array && i < array->size(); ++i) {
        if (const auto* text = (*array)[i].if_string()) out.emplace_back(text->data(), text->size());
    }
    return out;
}

std::vector<Column> columns_of(const json::value& version) {
    std::vector<Column> columns;
    const auto* array = json_array(version, {"additionalPrinterColumns"});
    for (std::size_t i = 0; array && i < array->size(); ++i) {
        const auto& from = (*array)[i];
        Column column;
        column.name = json_string(from, {"name"});
        column.type = json_string(from, {"type"}, "string");
        column.format = json_string(from, {"format"});
        column.json_path = json_string(from, {"jsonPath"});
        column.description = json_string(from, {"description"},
                                         "Custom resource definition column (in JSONPath format): " + column.json_path);
        column.priority = int(json_int(from, {"priority"}));
        columns.push_back(std::move(column));
    }
    if (columns.empty()) {
        columns.push_back({.name = "Age",
                           .type = "date",
                           .format = {},
                           .description = "Age of the object.",
                           .json_path = ".metadata.creationTimestamp",
                           .cell = {}});
    }
    return columns;
}

Result<Kind, std::string> kind_of(const json::value& crd) {
    std::string name(json_string(crd, {"metadata", "name"}, "without name"));
    const auto* versions = json_array(crd, {"spec", "versions"});
    if (json_string(crd, {"kind"}) != "CustomResourceDefinition" || !versions || versions->size() != 1) {
        return fail("CRD " + name + " must be a CustomResourceDefinition with one version");
    }
    const auto& version = versions->front();
    Kind kind;
    kind.group = json_string(crd, {"spec", "group"});
    kind.version = json_string(version, {"name"});
    kind.plural = json_string(crd, {"spec", "names", "plural"});
    kind.kind = json_string(crd, {"spec", "names", "kind"});
    kind.singular = json_string(crd, {"spec", "names", "singular"});
    kind.short_names = strings(json_array(crd, {"spec", "names", "shortNames"}));
    kind.categories = strings(json_array(crd, {"spec", "names", "categories"}));
    kind.namespaced = json_string(crd, {"spec", "scope"}) == "Namespaced";
    kind.custom = true;
    kind.has_status = json_object(version, {"subresources", "status"}) != nullptr;
    const auto* schema = json_find(version, {"schema", "openAPIV3Schema"});
    if (!schema || kind.group.empty() || kind.version.empty() || kind.plural.empty() || kind.kind.empty()) {
        return fail("CRD " + name + " lacks group, version, plural, kind or schema");
    }
    kind.schema = *schema;
    kind.crd = crd;
    kind.columns = columns_of(version);
    return kind;
}

}  // namespace

Result<KindRegistry, std::string> KindRegistry::make(const std::vector<json::value>& crds) {
    KindRegistry registry;
    for (auto& kind : builtin_kinds()) registry.add(std::move(kind));
    for (const auto& crd : crds) {
        auto kind = kind_of(crd);
        if (!kind) return fail(kind.error());
        registry.add(std::move(*kind));
    }
    return registry;
}

void KindRegistry::add(Kind kind) {
    kind.index = kinds_.size();
    kind.merge_schema = apply::merge_schema(kind.schema);
    kinds_.push_back(std::make_unique<Kind>(std::move(kind)));
}

const Kind* KindRegistry::find(std::string_view group, std::string_view version, std::string_view plural) const {
    for (const auto& kind : kinds_) {
        if (kind->group == group && kind->version == version && kind->plural == plural) return kind.get();
    }
    return nullptr;
}

const Kind* KindRegistry::find_kind(std::string_view api_version, std::string_view name) const {
    for (const auto& kind : kinds_) {
        if (kind->kind == name && kind->api_version() == api_version) return kind.get();
    }
    return nullptr;
}

Result<std::vector<json::value>, std::string> embedded_crds() {
    std::vector<json::value> crds;
    for (const auto& [file, text] : kCrdTexts) {
        auto documents = parse_yaml(text);
        if (!documents) return fail(std::string(file) + ": " + documents.error());
        for (auto& document : *documents) {
            if (json_string(document, {"kind"}) == "CustomResourceDefinition") crds.push_back(std::move(document));
        }
    }
    return crds;
}

}  // namespace wasmbed::apiserver
