#include "services/apiserver/metadata_rules.hpp"

#include <algorithm>

namespace wasmbed::apiserver {
namespace {

constexpr std::size_t kNameBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;  ///< of a label's value, and of the name in a key
constexpr std::size_t kAnnotationsBytesMax = 256 * 1024;

// The wording is that of k8s.io/apimachinery/pkg/util/validation.
constexpr char kNameRule[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr char kLabelRule[] =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', of at most 63, and "
    "must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
    "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
constexpr char kKeyRule[] =
    "name part must consist of alphanumeric characters, '-', '_' or '.', of at most 63, and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc'), with an optional DNS subdomain prefix and "
    "'/' (e.g. 'example.com/MyName')";

constexpr std::string_view kFields[] = {
    "name",          "generateName", "namespace",         "uid",
    "generation",    "labels",       "creationTimestamp", "deletionGracePeriodSeconds",
    "annotations",   "finalizers",   "deletionTimestamp", "resourceVersion",
    "managedFields", "selfLink",     "ownerReferences",   "clusterName",
};

bool alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A word of a label: 1 to 63 characters.
bool valid_word(std::string_view text) {
    if (text.empty() || text.size() > kLabelBytesMax) return false;
    auto inside = [](char c) { return alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
    return alphanumeric(text.front()) && alphanumeric(text.back()) && std::ranges::all_of(text, inside);
}

bool valid_key(std::string_view key) {
    auto slash = key.find('/');
    if (slash == key.npos) return valid_word(key);
    return valid_name(key.substr(0, slash)) && valid_word(key.substr(slash + 1));
}

FieldError invalid_value(const std::string& field, std::string_view value, const char* rule) {
    return {"FieldValueInvalid", field, "Invalid value: \"" + std::string(value) + "\": " + rule};
}

/// The map of this name, when it is one of strings under valid keys.
const json::object* check_string_map(const json::object& metadata, std::string_view name,
                                     std::vector<FieldError>& errors) {
    const auto* map = metadata.if_contains(name);
    if (!map || map->is_null()) return nullptr;
    std::string field = "metadata." + std::string(name);
    auto before = errors.size();
    if (!map->is_object()) {
        errors.push_back({"FieldValueTypeInvalid", field, "Invalid value: must be a map of strings"});
        return nullptr;
    }
    for (const auto& member : map->get_object()) {
        if (!valid_key(member.key())) errors.push_back(invalid_value(field, member.key(), kKeyRule));
        if (!member.value().is_string()) {
            errors.push_back({"FieldValueTypeInvalid", field + "." + std::string(member.key()),
                              "Invalid value: " + json::serialize(member.value()) + ": must be a string"});
        }
    }
    return errors.size() == before ? &map->get_object() : nullptr;
}

void check_labels(const json::object& metadata, std::vector<FieldError>& errors) {
    const auto* labels = check_string_map(metadata, "labels", errors);
    if (!labels) return;
    for (const auto& label : *labels) {
        std::string_view value = label.value().get_string();
        if (!value.empty() && !valid_word(value)) errors.push_back(invalid_value("metadata.labels", value, kLabelRule));
    }
}

void check_annotations(const json::object& metadata, std::vector<FieldError>& errors) {
    const auto* annotations = check_string_map(metadata, "annotations", errors);
    if (!annotations) return;
    std::size_t bytes = 0;
    for (const auto& each : *annotations) bytes += each.key().size() + each.value().get_string().size();
    if (bytes > kAnnotationsBytesMax) {
        errors.push_back({"FieldValueTooLong", "metadata.annotations",
                          "Too long: must have at most " + std::to_string(kAnnotationsBytesMax) + " bytes"});
    }
}

void check_finalizers(const json::object& metadata, std::vector<FieldError>& errors) {
    const json::value* value = metadata.if_contains("finalizers");
    const json::array* list = value ? value->if_array() : nullptr;
    for (const json::value& each : list ? *list : json::array{}) {
        const std::string_view text = each.is_string() ? std::string_view(each.get_string()) : std::string_view();
        if (!valid_key(text)) errors.push_back(invalid_value("metadata.finalizers", text, kKeyRule));
    }
}

}  // namespace

bool valid_name(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) return false;
    auto lower = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    char before = '.';
    for (char c : name) {
        if (!lower(c) && c != '-' && c != '.') return false;
        if ((c == '-' && before == '.') || (c == '.' && !lower(before))) return false;
        before = c;
    }
    return lower(before);
}

std::vector<FieldError> check_metadata(const json::object& metadata) {
    std::vector<FieldError> errors;
    const auto* given = metadata.if_contains("name");
    std::string_view name = given && given->is_string() ? std::string_view(given->get_string()) : "";
    if (name.empty()) {
        errors.push_back({"FieldValueRequired", "metadata.name", "Required value: name or generateName is required"});
    } else if (!valid_name(name)) {
        errors.push_back(invalid_value("metadata.name", name, kNameRule));
    }
    check_labels(metadata, errors);
    check_annotations(metadata, errors);
    check_finalizers(metadata, errors);
    for (auto list : {"finalizers", "ownerReferences"}) {
        const auto* value = metadata.if_contains(list);
        if (value && !value->is_array() && !value->is_null()) {
            errors.push_back(
                {"FieldValueTypeInvalid", std::string("metadata.") + list, "Invalid value: must be a list"});
        }
    }
    return errors;
}

std::vector<std::string> prune_metadata(json::object& metadata) {
    std::vector<std::string> unknown;
    for (const auto& member : metadata) {
        if (std::ranges::find(kFields, std::string_view(member.key())) == std::end(kFields)) {
            unknown.emplace_back(member.key());
        }
    }
    for (auto& name : unknown) {
        metadata.erase(name);
        name = "metadata." + name;
    }
    return unknown;
}

}  // namespace wasmbed::apiserver
