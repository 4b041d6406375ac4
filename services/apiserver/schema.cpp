#include "services/apiserver/schema.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "host/base/time.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr std::size_t kErrorsMax = 20;

bool top_level_field(const std::string& path, std::string_view name) {
    return path.empty() && (name == "apiVersion" || name == "kind" || name == "metadata");
}

std::string child_path(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : path + "." + std::string(name);
}

/// The schema of a property: by name, or of any name.
const json::value* property_schema(const json::value& schema, std::string_view name) {
    if (const auto* found = json_find(schema, {"properties", name})) return found;
    const auto* additional = json_find(schema, {"additionalProperties"});
    return additional && additional->is_object() ? additional : nullptr;
}

void defaults_below(const json::value& schema, json::value& value, bool top) {
    if (auto* object = value.if_object()) {
        if (const auto* properties = json_object(schema, {"properties"})) {
            for (const auto& property : *properties) {
                const auto* fallback = json_find(property.value(), {"default"});
                if (fallback && !object->contains(property.key())) (*object)[property.key()] = *fallback;
            }
        }
        for (auto& member : *object) {
            if (top && top_level_field({}, member.key())) continue;
            if (const auto* below = property_schema(schema, member.key()))
                defaults_below(*below, member.value(), false);
        }
    } else if (auto* array = value.if_array()) {
        const auto* items = json_find(schema, {"items"});
        for (auto& item : *array) {
            if (items) defaults_below(*items, item, false);
        }
    }
}

void prune_below(const json::value& schema, json::value& value, const std::string& path,
                 std::vector<std::string>& removed) {
    bool keep_unknown = json_bool(schema, {"x-kubernetes-preserve-unknown-fields"});
    if (auto* object = value.if_object()) {
        std::vector<std::string> unknown;
        for (auto& member : *object) {
            if (top_level_field(path, member.key())) continue;
            auto where = child_path(path, member.key());
            if (const auto* below = property_schema(schema, member.key())) {
                prune_below(*below, member.value(), where, removed);
            } else if (!keep_unknown && !json_bool(schema, {"additionalProperties"})) {
                unknown.emplace_back(member.key());
                removed.push_back(where);
            }
        }
        for (const auto& name : unknown) object->erase(name);
    } else if (auto* array = value.if_array()) {
        const auto* items = json_find(schema, {"items"});
        for (std::size_t i = 0; items && i < array->size(); ++i) {
            prune_below(*items, (*array)[i], path + "[" + std::to_string(i) + "]", removed);
        }
    }
}

bool is_integral(const json::value& value) {
    return value.is_int64() || value.is_uint64() ||
           (value.is_double() && std::trunc(value.get_double()) == value.get_double());
}

bool has_type(const json::value& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "number") return value.is_number();
    if (type == "integer") return is_integral(value);
    return true;
}

std::string_view type_of(const json::value& value) {
    if (value.is_object()) return "object";
    if (value.is_array()) return "array";
    if (value.is_string()) return "string";
    if (value.is_bool()) return "boolean";
    if (value.is_null()) return "null";
    return is_integral(value) ? "integer" : "number";
}

/// Characters, not bytes: maxLength counts code points.
std::int64_t length_of(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; });
}

/// Compiling a pattern costs far more than matching it; schemas have few patterns and are fixed.
const std::regex* compiled(const std::string& pattern) {
    static thread_local std::map<std::string, std::optional<std::regex>> cache;
    auto [at, fresh] = cache.try_emplace(pattern);
    if (fresh) {
        try {
            at->second.emplace(pattern, std::regex::ECMAScript | std::regex::optimize);
        } catch (const std::regex_error&) {
            at->second.reset();
        }
    }
    return at->second ? &*at->second : nullptr;
}

bool is_base64(std::string_view text) {
    auto padding = text.ends_with("==") ? 2u : text.ends_with('=') ? 1u : 0u;
    if (text.size() % 4 != 0) return false;
    return std::all_of(text.begin(), text.end() - padding,
                       [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; });
}

class Validator {
  public:
    std::vector<FieldError> errors;

    void check(const json::value& schema, const json::value& value, const std::string& path) {
        if (errors.size() >= kErrorsMax) return;
        if (value.is_null() && json_bool(schema, {"nullable"})) return;
        auto type = json_string(schema, {"type"});
        bool int_or_string = json_bool(schema, {"x-kubernetes-int-or-string"});
        if (int_or_string && !value.is_string() && !is_integral(value)) {
            return type_error(path, "integer,string", value);
        }
        if (!int_or_string && !type.empty() && !has_type(value, type)) return type_error(path, type, value);
        check_enum(schema, value, path);
        if (const auto* object = value.if_object()) check_object(schema, *object, path);
        if (const auto* array = value.if_array()) check_array(schema, *array, path);
        if (const auto* text = value.if_string()) check_string(schema, std::string(text->data(), text->size()), path);
        if (value.is_number()) check_number(schema, value, path);
        check_combinations(schema, value, path);
    }

  private:
    void add(std::string reason, const std::string& path, std::string message) {
        errors.push_back({std::move(reason), path, std::move(message)});
    }

    /// "Invalid value: VALUE: FIELD in body WHY": the wording of kube-openapi's validator.
    void add_invalid(const std::string& path, const json::value& value, const std::string& why) {
        add("FieldValueInvalid", path, "Invalid value: " + shown(value) + ": " + path + " in body " + why);
    }

    static std::string shown(const json::value& value) {
        if (value.is_structured()) return "\"" + std::string(type_of(value)) + "\"";
        return json::serialize(value);
    }

    void type_error(const std::string& path, std::string_view wanted, const json::value& value) {
        std::string got(type_of(value));
        add("FieldValueTypeInvalid", path,
            "Invalid value: \"" + got + "\": " + path + " in body must be of type " + std::string(wanted) + ": \"" +
                got + "\"");
    }

    void check_enum(const json::value& schema, const json::value& value, const std::string& path) {
        const auto* allowed = json_array(schema, {"enum"});
        if (!allowed || std::find(allowed->begin(), allowed->end(), value) != allowed->end()) return;
        std::string list;
        for (const auto& item : *allowed) list += (list.empty() ? "" : ", ") + json::serialize(item);
        add("FieldValueNotSupported", path, "Unsupported value: " + shown(value) + ": supported values: " + list);
    }

    void check_object(const json::value& schema, const json::object& object, const std::string& path) {
        if (const auto* required = json_array(schema, {"required"})) {
            for (const auto& name : *required) {
                if (!object.contains(name.as_string())) {
                    add("FieldValueRequired", child_path(path, name.as_string()), "Required value");
                }
            }
        }
        count_bounds(schema, object.size(), "Properties", "properties", path);
        for (const auto& member : object) {
            if (path.empty() && (member.key() == "apiVersion" || member.key() == "kind")) continue;
            const auto* below = property_schema(schema, member.key());
            if (below) check(*below, member.value(), child_path(path, member.key()));
        }
    }

    void check_array(const json::value& schema, const json::array& array, const std::string& path) {
        count_bounds(schema, array.size(), "Items", "items", path);
        const auto* items = json_find(schema, {"items"});
        for (std::size_t i = 0; items && i < array.size(); ++i) {
            check(*items, array[i], path + "[" + std::to_string(i) + "]");
        }
        auto list_type = json_string(schema, {"x-kubernetes-list-type"});
        if (list_type == "set") duplicates(array, path, [](const json::value& item) { return json::serialize(item); });
        if (list_type == "map") {
            const auto* keys = json_array(schema, {"x-kubernetes-list-map-keys"});
            duplicates(array, path, [keys](const json::value& item) {
                json::object key;
                for (std::size_t i = 0; keys && i < keys->size(); ++i) {
                    const auto* part = json_find(item, {(*keys)[i].as_string()});
                    key[(*keys)[i].as_string()] = part ? *part : json::value();
                }
                return json::serialize(key);
            });
        }
    }

    template <class KeyOf>
    void duplicates(const json::array& array, const std::string& path, KeyOf key_of) {
        std::vector<std::string> seen;
        for (std::size_t i = 0; i < array.size(); ++i) {
            auto key = key_of(array[i]);
            if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
                add("FieldValueDuplicate", path + "[" + std::to_string(i) + "]", "Duplicate value: " + key);
            }
            seen.push_back(std::move(key));
        }
    }

    void count_bounds(const json::value& schema, std::size_t count, const std::string& what, const std::string& plural,
                      const std::string& path) {
        const auto* low = json_find(schema, {"min" + what});
        const auto* high = json_find(schema, {"max" + what});
        auto limit = [](const json::value* bound) { return bound->to_number<std::int64_t>(); };
        auto text = std::to_string(count);
        if (high && std::int64_t(count) > limit(high)) {
            add("FieldValueInvalid", path,
                "Invalid value: " + text + ": " + path + " in body should have at most " + std::to_string(limit(high)) +
                    " " + plural);
        }
        if (low && std::int64_t(count) < limit(low)) {
            add("FieldValueInvalid", path,
                "Invalid value: " + text + ": " + path + " in body should have at least " + std::to_string(limit(low)) +
                    " " + plural);
        }
    }

    void check_string(const json::value& schema, const std::string& text, const std::string& path) {
        auto length = length_of(text);
        auto most = json_int(schema, {"maxLength"}, -1);
        auto least = json_int(schema, {"minLength"}, 0);
        json::value value = json::string(text.size() > 200 ? text.substr(0, 200) : text);
        if (most >= 0 && length > most) {
            add_invalid(path, value, "should be at most " + std::to_string(most) + " chars long");
        }
        if (length < least) add_invalid(path, value, "should be at least " + std::to_string(least) + " chars long");
        std::string pattern(json_string(schema, {"pattern"}));
        // A text over its length is not matched: std::regex recurses per character.
        bool bounded = most < 0 ? text.size() < 4096 : length <= most && length < 4096;
        if (const auto* regex = pattern.empty() ? nullptr : compiled(pattern); regex && bounded) {
            if (!std::regex_search(text, *regex)) add_invalid(path, value, "should match '" + pattern + "'");
        }
        auto format = json_string(schema, {"format"});
        if (format == "date-time" && !parse_rfc3339(text)) {
            add_invalid(path, value, "must be of type date-time: " + json::serialize(value));
        }
        if (format == "byte" && !is_base64(text)) add_invalid(path, value, "must be of type byte: it is not base64");
    }

    void check_number(const json::value& schema, const json::value& value, const std::string& path) {
        double number = value.to_number<double>();
        auto text = [](const json::value* bound) { return json::serialize(*bound); };
        const auto* low = json_find(schema, {"minimum"});
        const auto* high = json_find(schema, {"maximum"});
        bool above = json_bool(schema, {"exclusiveMinimum"});
        bool below = json_bool(schema, {"exclusiveMaximum"});
        if (low && low->is_number()) {
            double bound = low->to_number<double>();
            if (number < bound || (above && number == bound)) {
                add_invalid(path, value,
                            "should be greater than " + std::string(above ? "" : "or equal to ") + text(low));
            }
        }
        if (high && high->is_number()) {
            double bound = high->to_number<double>();
            if (number > bound || (below && number == bound)) {
                add_invalid(path, value,
                            "should be less than " + std::string(below ? "" : "or equal to ") + text(high));
            }
        }
        const auto* step = json_find(schema, {"multipleOf"});
        if (step && step->is_number() && std::fmod(number, step->to_number<double>()) != 0) {
            add_invalid(path, value, "should be a multiple of " + text(step));
        }
        constexpr double kInt32Max = 2147483647.0;
        if (json_string(schema, {"format"}) == "int32" && std::abs(number) > kInt32Max) {
            add_invalid(path, value, "must be of type int32");
        }
    }

    static bool fits(const json::value& schema, const json::value& value) {
        Validator inner;
        inner.check(schema, value, {});
        return inner.errors.empty();
    }

    void check_combinations(const json::value& schema, const json::value& value, const std::string& path) {
        if (const auto* all = json_array(schema, {"allOf"})) {
            for (const auto& part : *all) check(part, value, path);
        }
        auto matching = [&](const json::array& parts) {
            return std::count_if(parts.begin(), parts.end(), [&](const auto& part) { return fits(part, value); });
        };
        if (const auto* any = json_array(schema, {"anyOf"}); any && matching(*any) == 0) {
            add_invalid(path, value, "must validate at least one schema (anyOf)");
        }
        if (const auto* one = json_array(schema, {"oneOf"})) {
            auto count = matching(*one);
            if (count == 0) add_invalid(path, value, "must validate one and only one schema (oneOf). Found none valid");
            if (count > 1) {
                add_invalid(path, value,
                            "must validate one and only one schema (oneOf). Found " + std::to_string(count) +
                                " valid alternatives");
            }
        }
        if (const auto* inverse = json_find(schema, {"not"}); inverse && fits(*inverse, value)) {
            add_invalid(path, value, "must not validate the schema (not)");
        }
    }
};

}  // namespace

void apply_defaults(const json::value& schema, json::value& object) {
    defaults_below(schema, object, true);
}

std::vector<std::string> prune(const json::value& schema, json::value& object) {
    std::vector<std::string> removed;
    prune_below(schema, object, {}, removed);
    return removed;
}

std::vector<FieldError> validate(const json::value& schema, const json::value& object) {
    Validator validator;
    validator.check(schema, object, {});
    return std::move(validator.errors);
}

}  // namespace wasmbed::apiserver
