#include "services/web/exposition.hpp"

#include <charconv>
#include <optional>

namespace wasmbed::web {
namespace {

/// Takes text apart from the left.
struct Cursor {
    std::string_view rest;

    void skip_blanks() {
        while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
    }
    bool take(char c) {
        skip_blanks();
        if (!rest.starts_with(c)) return false;
        rest.remove_prefix(1);
        return true;
    }
    std::string_view word(std::string_view ends) {
        skip_blanks();
        auto found = rest.substr(0, rest.find_first_of(ends));
        rest.remove_prefix(found.size());
        return found;
    }
    /// What stands between quotation marks, with \\, \" and \n resolved.
    std::optional<std::string> quoted() {
        if (!take('"')) return std::nullopt;
        std::string out;
        while (!rest.empty() && rest[0] != '"') {
            char c = rest[0];
            rest.remove_prefix(1);
            if (c == '\\' && !rest.empty()) {
                c = rest[0] == 'n' ? '\n' : rest[0];
                rest.remove_prefix(1);
            }
            out += c;
        }
        if (!take('"')) return std::nullopt;
        return out;
    }
};

std::optional<Sample> parse_sample(std::string_view line) {
    Cursor at{line};
    Sample sample;
    sample.name = at.word("{ \t");
    if (at.take('{')) {
        while (!at.take('}')) {
            std::string name(at.word("= "));
            if (name.empty() || !at.take('=')) return std::nullopt;
            auto value = at.quoted();
            if (!value) return std::nullopt;
            sample.labels[std::move(name)] = std::move(*value);
            at.take(',');
        }
    }
    const auto number = at.word(" \t");
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), sample.value);
    if (sample.name.empty() || parsed.ec != std::errc() || parsed.ptr != number.data() + number.size()) return {};
    return sample;
}

void parse_comment(std::string_view line, Exposition& into) {
    Cursor at{line};
    const auto what = at.word(" ");
    if (what != "HELP" && what != "TYPE") return;
    if (into.families.size() >= Exposition::kSamplesMax) return;
    auto& family = into.families[std::string(at.word(" "))];
    at.skip_blanks();
    (what == "HELP" ? family.help : family.type) = std::string(at.rest);
}

}  // namespace

Exposition parse_exposition(std::string_view text) {
    Exposition out;
    while (!text.empty() && out.samples.size() < Exposition::kSamplesMax) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("# ")) {
            parse_comment(line.substr(2), out);
        } else if (auto sample = parse_sample(line); sample && !sample->name.ends_with("_bucket")) {
            out.samples.push_back(std::move(*sample));
        }
    }
    return out;
}

}  // namespace wasmbed::web
