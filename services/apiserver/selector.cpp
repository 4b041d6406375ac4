#include "services/apiserver/selector.hpp"

#include <algorithm>

namespace wasmbed::apiserver {
namespace {

const std::string* find(const Labels& labels, std::string_view key) {
    for (const auto& [name, value] : labels) {
        if (name == key) return &value;
    }
    return nullptr;
}

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '/';
}

}  // namespace

/// Recursive descent without recursion: requirement (',' requirement)*.
class LabelParser {
  public:
    explicit LabelParser(std::string_view text) : rest_(text) {}

    Result<LabelSelector, std::string> parse() {
        LabelSelector selector;
        skip_blanks();
        while (!rest_.empty()) {
            if (!requirement(selector)) {
                return fail("unable to parse requirement: unexpected \"" + std::string(rest_.substr(0, 40)) + "\"");
            }
            skip_blanks();
            if (!rest_.empty() && !take(",")) {
                return fail("found \"" + std::string(rest_.substr(0, 40)) + "\", expected: ',' or end of selector");
            }
            skip_blanks();
        }
        return selector;
    }

  private:
    using Operator = LabelSelector::Operator;

    void skip_blanks() {
        while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
    }
    bool take(std::string_view token) {
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        skip_blanks();
        return true;
    }
    std::string word() {
        std::size_t size = 0;
        while (size < rest_.size() && is_name_char(rest_[size])) ++size;
        std::string found(rest_.substr(0, size));
        rest_.remove_prefix(size);
        skip_blanks();
        return found;
    }
    bool values(std::vector<std::string>& out) {
        if (!take("(")) return false;
        do {
            out.push_back(word());
        } while (take(","));
        return take(")");
    }
    bool requirement(LabelSelector& selector) {
        bool negated = take("!");
        LabelSelector::Requirement made{word(), negated ? Operator::not_exists : Operator::exists, {}};
        if (made.key.empty()) return false;
        if (!negated) {
            if (take("==") || take("=")) {
                made.op = Operator::in;
                made.values.push_back(word());
            } else if (take("!=")) {
                made.op = Operator::not_in;
                made.values.push_back(word());
            } else if (take("notin")) {
                made.op = Operator::not_in;
                if (!values(made.values)) return false;
            } else if (take("in")) {
                made.op = Operator::in;
                if (!values(made.values)) return false;
            }
        }
        selector.requirements_.push_back(std::move(made));
        return true;
    }

    std::string_view rest_;
};

Result<LabelSelector, std::string> LabelSelector::parse(std::string_view text) {
    return LabelParser(text).parse();
}

bool LabelSelector::matches(const Labels& labels) const {
    return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& requirement) {
        const auto* value = find(labels, requirement.key);
        bool listed = value && std::find(requirement.values.begin(), requirement.values.end(), *value) !=
                                   requirement.values.end();
        switch (requirement.op) {
            case Operator::in:
                return listed;
            case Operator::not_in:
                return !listed;  // an absent label is not one of the values
            case Operator::exists:
                return value != nullptr;
            case Operator::not_exists:
                return value == nullptr;
        }
        return false;
    });
}

Result<FieldSelector, std::string> FieldSelector::parse(std::string_view text) {
    FieldSelector selector;
    while (!text.empty()) {
        auto end = text.find(',');
        auto term = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (term.empty()) continue;
        auto equals = term.find('=');
        if (equals == term.npos || equals == 0) {
            return fail("invalid selector: '" + std::string(term) + "'; can't understand '" + std::string(term) + "'");
        }
        bool equal = term[equals - 1] != '!';
        auto value = term.substr(equals + 1);
        if (value.starts_with('=')) value.remove_prefix(1);
        Term made{{}, std::string(term.substr(0, equal ? equals : equals - 1)), equal, std::string(value)};
        std::string_view path = made.text;
        while (!path.empty()) {
            auto dot = path.find('.');
            made.path.emplace_back(path.substr(0, dot));
            path.remove_prefix(dot == path.npos ? path.size() : dot + 1);
        }
        selector.terms_.push_back(std::move(made));
    }
    return selector;
}

bool FieldSelector::matches(const json::value& object) const {
    return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
        const json::value* at = &object;
        for (const auto& step : term.path) {
            if (at) at = json_find(*at, {step});
        }
        std::string_view value = at && at->is_string() ? std::string_view(at->get_string()) : std::string_view();
        return (value == term.value) == term.equal;
    });
}

bool FieldSelector::names_only() const {
    return unknown_field({"metadata.name", "metadata.namespace"}).empty();
}

bool FieldSelector::matches_names(std::string_view ns, std::string_view name) const {
    return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
        return ((term.text == "metadata.name" ? name : ns) == term.value) == term.equal;
    });
}

const std::string* FieldSelector::exact_name() const {
    for (const auto& term : terms_) {
        if (term.equal && term.text == "metadata.name") return &term.value;
    }
    return nullptr;
}

std::string FieldSelector::unknown_field(const std::vector<std::string_view>& allowed) const {
    for (const auto& term : terms_) {
        if (std::find(allowed.begin(), allowed.end(), term.text) == allowed.end()) return term.text;
    }
    return {};
}

}  // namespace wasmbed::apiserver
