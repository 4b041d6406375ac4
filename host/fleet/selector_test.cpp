#include "host/fleet/selector.hpp"

#include <gtest/gtest.h>

namespace wasmbed::fleet {
namespace {

struct Case {
    const char* selector;
    Labels labels;
    bool matches;
};

TEST(LabelSelector, matches_as_kubernetes_does) {
    const Case cases[] = {
        {"{}", {}, true},
        {R"({"matchLabels":{"a":"1"}})", {{"a", "1"}, {"b", "2"}}, true},
        {R"({"matchLabels":{"a":"1"}})", {{"a", "2"}}, false},
        {R"({"matchLabels":{"a":"1","b":"2"}})", {{"a", "1"}}, false},
        {R"({"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]}]})", {{"a", "2"}}, true},
        {R"({"matchExpressions":[{"key":"a","operator":"In","values":["1"]}]})", {}, false},
        {R"({"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]})", {}, true},
        {R"({"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]})", {{"a", "1"}}, false},
        {R"({"matchExpressions":[{"key":"a","operator":"Exists"}]})", {{"a", ""}}, true},
        {R"({"matchExpressions":[{"key":"a","operator":"Exists"}]})", {}, false},
        {R"({"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]})", {{"a", ""}}, false},
        {R"({"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]})", {}, true},
        {R"({"matchLabels":{"b":"1"},"matchExpressions":[{"key":"a","operator":"Exists"}]})", {{"b", "1"}}, false},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(selector_from_json(parse_json(c.selector).value()).matches(c.labels), c.matches) << c.selector;
    }
}

TEST(CheckSelector, names_what_is_wrong) {
    auto problem = [](const char* text) { return check_selector(parse_json(text).value()).value_or("none"); };
    EXPECT_EQ(problem(R"({"matchLabels":{"a":"1"}})"), "none");
    EXPECT_NE(problem(R"({"matchExpressions":[{"key":"a","operator":"Like"}]})").find("\"Like\" of a"),
              std::string::npos);
    EXPECT_NE(problem(R"({"matchExpressions":[{"key":"a","operator":"In"}]})").find("In of a needs values"),
              std::string::npos);
    EXPECT_NE(problem(R"({"matchExpressions":[{"key":"a","operator":"Exists","values":["1"]}]})").find("must not"),
              std::string::npos);
    EXPECT_NE(problem(R"({"matchExpressions":[{"operator":"Exists"}]})").find("no key"), std::string::npos);
}

TEST(LabelSelector, unknown_operator_never_widens_the_selection) {
    auto selector = selector_from_json(parse_json(R"({"matchExpressions":[{"key":"a","operator":"Like"}]})").value());
    EXPECT_FALSE(selector.matches({}));
    EXPECT_FALSE(selector.matches({{"a", "1"}}));
}

}  // namespace
}  // namespace wasmbed::fleet
