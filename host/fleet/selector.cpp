#include "host/fleet/selector.hpp"

#include <algorithm>

namespace wasmbed::fleet {
namespace {

std::optional<SelectorOperator> operator_from(std::string_view name) {
    if (name == "In") return SelectorOperator::In;
    if (name == "NotIn") return SelectorOperator::NotIn;
    if (name == "Exists") return SelectorOperator::Exists;
    if (name == "DoesNotExist") return SelectorOperator::DoesNotExist;
    return std::nullopt;
}

const char* operator_name(SelectorOperator op) {
    switch (op) {
        case SelectorOperator::In:
            return "In";
        case SelectorOperator::NotIn:
            return "NotIn";
        case SelectorOperator::Exists:
            return "Exists";
        case SelectorOperator::DoesNotExist:
            break;
    }
    return "DoesNotExist";
}

bool holds(const SelectorExpression& expression, const Labels& labels) {
    auto found = labels.find(expression.key);
    bool present = found != labels.end();
    bool listed = present && std::ranges::find(expression.values, found->second) != expression.values.end();
    switch (expression.op) {
        case SelectorOperator::In:
            return listed;
        case SelectorOperator::NotIn:
            return !listed;
        case SelectorOperator::Exists:
            return present;
        case SelectorOperator::DoesNotExist:
            return !present;
    }
    return false;
}

std::optional<std::string> check_expression(const json::value& expression) {
    std::string key(json_string(expression, {"key"}));
    std::string name(json_string(expression, {"operator"}));
    if (key.empty()) return "selector.matchExpressions: an expression has no key";
    auto op = operator_from(name);
    if (!op) {
        return "selector.matchExpressions: operator \"" + name + "\" of " + key +
               " is not In, NotIn, Exists or DoesNotExist";
    }
    const json::array* values = json_array(expression, {"values"});
    bool has_values = values != nullptr && !values->empty();
    bool needs_values = *op == SelectorOperator::In || *op == SelectorOperator::NotIn;
    if (needs_values == has_values) return std::nullopt;
    return "selector.matchExpressions: " + name + " of " + key +
           (needs_values ? " needs values" : " must not have values");
}

}  // namespace

bool LabelSelector::matches(const Labels& labels) const {
    for (const auto& [key, value] : match_labels) {
        auto found = labels.find(key);
        if (found == labels.end() || found->second != value) return false;
    }
    return std::ranges::all_of(match_expressions, [&](const auto& expression) { return holds(expression, labels); });
}

std::optional<std::string> check_selector(const json::value& selector) {
    const json::array* expressions = json_array(selector, {"matchExpressions"});
    if (expressions == nullptr) return std::nullopt;
    for (const json::value& expression : *expressions) {
        if (auto problem = check_expression(expression)) return problem;
    }
    return std::nullopt;
}

LabelSelector selector_from_json(const json::value& selector) {
    LabelSelector out;
    if (const json::object* labels = json_object(selector, {"matchLabels"})) {
        for (const auto& [key, value] : *labels) {
            if (value.is_string()) out.match_labels.emplace(key, value.get_string().c_str());
        }
    }
    const json::array* expressions = json_array(selector, {"matchExpressions"});
    if (expressions == nullptr) return out;
    for (const json::value& item : *expressions) {
        SelectorExpression expression;
        expression.key = json_string(item, {"key"});
        // An empty In holds for nothing: what cannot be understood must not widen the selection.
        expression.op = operator_from(json_string(item, {"operator"})).value_or(SelectorOperator::In);
        if (const json::array* values = json_array(item, {"values"})) {
            for (const json::value& value : *values) {
                if (value.is_string()) expression.values.emplace_back(value.get_string());
            }
        }
        out.match_expressions.push_back(std::move(expression));
    }
    return out;
}

json::object selector_to_json(const LabelSelector& selector) {
    json::object out;
    json::object labels;
    for (const auto& [key, value] : selector.match_labels) labels[key] = value;
    if (!labels.empty()) out["matchLabels"] = std::move(labels);
    json::array expressions;
    for (const SelectorExpression& expression : selector.match_expressions) {
        json::object item{{"key", expression.key}, {"operator", operator_name(expression.op)}};
        if (!expression.values.empty())
            item["values"] = json::array(expression.values.begin(), expression.values.end());
        expressions.push_back(std::move(item));
    }
    if (!expressions.empty()) out["matchExpressions"] = std::move(expressions);
    return out;
}

}  // namespace wasmbed::fleet
