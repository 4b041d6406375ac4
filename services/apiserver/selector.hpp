// Label and field selectors of lists and watches.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/json.hpp"

namespace wasmbed::apiserver {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// "a=b,c!=d,e in (f,g),h notin (i),j,!k", as k8s.io/apimachinery/pkg/labels parses it.
class LabelSelector {
  public:
    /// The error says where the text stopped making sense.
    static Result<LabelSelector, std::string> parse(std::string_view text);

    bool matches(const Labels& labels) const;
    bool empty() const { return requirements_.empty(); }

  private:
    enum class Operator { in, not_in, exists, not_exists };
    struct Requirement {
        std::string key;
        Operator op;
        std::vector<std::string> values;
    };
    friend class LabelParser;
    std::vector<Requirement> requirements_;
};

/// "metadata.name=x,involvedObject.kind!=y": strings at fixed paths of the object.
class FieldSelector {
  public:
    static Result<FieldSelector, std::string> parse(std::string_view text);

    bool matches(const json::value& object) const;
    bool empty() const { return terms_.empty(); }
    /// True if only metadata.name and metadata.namespace are looked at, which needs no parsed object.
    bool names_only() const;
    bool matches_names(std::string_view ns, std::string_view name) const;
    const std::string* exact_name() const;

    /// The first path that is none of `allowed`, or empty.
    std::string unknown_field(const std::vector<std::string_view>& allowed) const;

  private:
    struct Term {
        std::vector<std::string> path;
        std::string text;  // the path as given
        bool equal;
        std::string value;
    };
    std::vector<Term> terms_;
};

}  // namespace wasmbed::apiserver
