#include "core/proto/cddl_for_test.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <sstream>
#include <vector>

namespace wasmbed::proto {
namespace {

std::string trimmed(std::string_view s) {
    const auto first = s.find_first_not_of(" \n");
    return first == s.npos ? "" : std::string(s.substr(first, s.find_last_not_of(" \n") + 1 - first));
}

bool opens(char c) {
    return c == '{' || c == '(' || c == '[';
}
bool closes(char c) {
    return c == '}' || c == ')' || c == ']';
}

// Splits at commas outside brackets.
std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    std::string part;
    int depth = 0;
    for (char c : list) {
        depth += opens(c) ? 1 : closes(c) ? -1 : 0;
        if (c == ',' && depth == 0) {
            parts.push_back(trimmed(part));
            part.clear();
        } else {
            part += c;
        }
    }
    if (!trimmed(part).empty()) parts.push_back(trimmed(part));
    return parts;
}

std::string inside(std::string_view bracketed) {
    return trimmed(bracketed.substr(1, bracketed.size() - 2));
}

}  // namespace

Cddl::Cddl(const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file.good()) << path;
    std::stringstream all;
    all << file.rdbuf();
    text_ = all.str();

    std::string code = std::regex_replace(text_, std::regex(";[^\n]*"), "");
    code = std::regex_replace(code, std::regex("[ \n]+"), " ");
    // A rule begins at a word followed by "=" (not "=>") outside brackets and ends where the next one begins.
    std::string name;
    std::size_t body = 0;
    int depth = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        depth += opens(code[i]) ? 1 : closes(code[i]) ? -1 : 0;
        if (depth != 0 || code[i] != '=') continue;
        const std::size_t name_end = code.find_last_not_of(' ', i - 1) + 1;
        const std::size_t name_begin = code.find_last_of(' ', name_end - 1) + 1;
        if (!name.empty()) rules_[name] = trimmed(std::string_view(code).substr(body, name_begin - body));
        name = code.substr(name_begin, name_end - name_begin);
        body = i + 1;
    }
    rules_[name] = trimmed(std::string_view(code).substr(body));
}

std::string Cddl::rule(const std::string& name) const {
    const auto found = rules_.find(name);
    return found == rules_.end() ? "" : found->second;
}

std::string Cddl::describe_map(const std::string& name) const {
    const std::string map = rule(name);
    EXPECT_FALSE(map.empty()) << "no rule " << name;
    if (map.empty()) return "";
    EXPECT_EQ(map.front(), '{') << name;
    return describe_entries(inside(map));
}

std::string Cddl::describe_entries(std::string_view entries) const {
    std::string lines;
    for (const std::string& entry : split(entries)) {
        static const std::regex kEntry(R"((\? )?(\d+): ([^]*))");
        std::smatch match;
        if (std::regex_match(entry, match, kEntry)) {
            lines += match[1].str() + match[2].str() + " " + describe_type(match[3]) + "\n";
        } else {
            lines += describe_entries(inside(rule(entry)));  // a group
        }
    }
    return lines;
}

std::string Cddl::describe_type(std::string type) const {
    std::smatch match;
    if (const std::string named = rule(type); !named.empty()) type = named;
    if (type.starts_with("&(")) {
        const auto numbers = choice(type);
        const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
        const auto [low, high] = std::ranges::minmax_element(numbers, less);
        EXPECT_EQ(high->second - low->second + 1, numbers.size()) << "gaps in " << type;
        return "uint " + std::to_string(low->second) + ".." + std::to_string(high->second);
    }
    if (type.starts_with("{ *")) {
        static const std::regex kTextMap(R"(\{ \* (.*) => (.*), \})");
        EXPECT_TRUE(std::regex_match(type, match, kTextMap) ||
                    std::regex_match(type, match, std::regex(R"(\{ \* (.*) => (.*) \})")))
            << type;
        return "{" + describe_type(match[1]) + " => " + describe_type(match[2]) + "}";
    }
    if (type.starts_with("{")) return "{\n" + describe_entries(inside(type)) + "}";
    if (std::regex_match(type, match, std::regex(R"(\[ (\d*)\*(\d*) (.*) \])"))) {
        return "[" + match[1].str() + "*" + match[2].str() + " " + describe_type(match[3]) + "]";
    }
    if (std::regex_match(type, match, std::regex(R"((tstr|bstr) \.size \((\d+)\.\.(\d+)\))"))) {
        return match[1].str() + " " + match[2].str() + ".." + match[3].str();
    }
    if (std::regex_match(type, match, std::regex(R"(bstr \.size (\d+))")))
        return "bstr " + match[1].str() + ".." + match[1].str();
    if (type == "uint .size 1") return "uint 0..255";
    if (type == "uint .size 4") return "uint 0..4294967295";
    if (std::regex_match(type, std::regex(R"(\d+\.\.\d+)"))) return "uint " + type;
    if (type == "uint" || type == "int" || type == "bool" || type == "bstr") return type;
    ADD_FAILURE() << "CDDL type not understood: " << type;
    return "";
}

std::map<std::string, unsigned> Cddl::choice(const std::string& name) const {
    const std::string type = name.starts_with("&") ? name : rule(name);
    std::map<std::string, unsigned> numbers;
    EXPECT_TRUE(type.starts_with("&(")) << name;
    for (const std::string& entry : split(inside(type.substr(1)))) {
        std::smatch match;
        EXPECT_TRUE(std::regex_match(entry, match, std::regex(R"(([a-z-]+): (\d+))"))) << entry;
        numbers[match[1]] = static_cast<unsigned>(std::stoul(match[2]));
    }
    return numbers;
}

}  // namespace wasmbed::proto
