// Which devices an Application is for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::fleet {

using Labels = std::map<std::string, std::string>;

enum class SelectorOperator { In, NotIn, Exists, DoesNotExist };

struct SelectorExpression {
    std::string key;
    SelectorOperator op = SelectorOperator::Exists;
    std::vector<std::string> values;

    bool operator==(const SelectorExpression&) const = default;
};

/// A Kubernetes label selector: all of `match_labels` and all of `match_expressions` must hold. An empty one matches
/// everything. NotIn holds for objects without the label too, as in Kubernetes.
struct LabelSelector {
    Labels match_labels;
    std::vector<SelectorExpression> match_expressions;

    bool matches(const Labels& labels) const;
    bool operator==(const LabelSelector&) const = default;
};

/// Why a selector is none, for the Accepted condition; nullopt when it is fine.
/// In and NotIn need values, Exists and DoesNotExist must have none; operators and keys must be known.
std::optional<std::string> check_selector(const json::value& selector);

/// Reads {matchLabels, matchExpressions}. Call `check_selector` first: an expression with an unknown operator matches
/// nothing here.
LabelSelector selector_from_json(const json::value& selector);
json::object selector_to_json(const LabelSelector& selector);

}  // namespace wasmbed::fleet
