#include "services/apiserver/json_patch.hpp"

#include <gtest/gtest.h>

#include "services/apiserver/json_path.hpp"

namespace wasmbed::apiserver {
namespace {

json::value parse(std::string_view text) {
    return parse_json(text).value();
}

// From RFC 6902, appendix A.
TEST(JsonPatch, applies_operations_as_rfc_6902_says) {
    const char* cases[][3] = {
        {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])", R"({"foo":"bar","baz":"qux"})"},
        {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
         R"({"foo":["bar","qux","baz"]})"},
        {R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
        {R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])", R"({"foo":["bar","baz"]})"},
        {R"({"baz":"qux"})", R"([{"op":"replace","path":"/baz","value":"boo"}])", R"({"baz":"boo"})"},
        {R"({"a":{"b":1},"c":{}})", R"([{"op":"move","from":"/a/b","path":"/c/d"}])", R"({"a":{},"c":{"d":1}})"},
        {R"({"a":[1]})", R"([{"op":"copy","from":"/a/0","path":"/a/-"}])", R"({"a":[1,1]})"},
        {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
        {R"({"a/b":1})", R"([{"op":"remove","path":"/a~1b"}])", R"({})"},
    };
    for (const auto& [before, patch, after] : cases) {
        auto value = parse(before);
        auto applied = apply_json_patch(value, parse(patch));
        EXPECT_TRUE(applied) << patch << ": " << applied.error();
        EXPECT_EQ(value, parse(after)) << patch;
    }
}

TEST(JsonPatch, names_the_operation_that_cannot_be_applied) {
    for (auto patch : {R"({})", R"([{"op":"remove","path":"/x"}])", R"([{"op":"add","path":"/l/5","value":1}])",
                       R"([{"op":"add","path":"/a/b/c","value":1}])", R"([{"op":"test","path":"/a","value":2}])",
                       R"([{"op":"add","path":"a","value":1}])", R"([{"op":"replace","path":"/a"}])",
                       R"([{"op":"what","path":"/a"}])", R"([{"op":"add","path":"/l/01","value":1}])"}) {
        auto value = parse(R"({"a":1,"l":[1]})");
        EXPECT_FALSE(apply_json_patch(value, parse(patch))) << patch;
    }
}

TEST(JsonPath, selects_what_printer_columns_ask_for) {
    auto object =
        parse(R"({"spec":{"a.b":1,"list":[{"type":"Ready","status":"True"},{"type":"X","status":"False"}]}})");
    auto text = [&](const char* path) {
        std::string out;
        for (const auto* node : json_path(object, path)) out += json::serialize(*node) + " ";
        return out;
    };
    EXPECT_EQ(text(".spec.list[?(@.type==\"Ready\")].status"), "\"True\" ");
    EXPECT_EQ(text(".spec.list[?(@.type!=\"Ready\")].status"), "\"False\" ");
    EXPECT_EQ(text(".spec.list[*].type"), "\"Ready\" \"X\" ");
    EXPECT_EQ(text(".spec.list[-1].type"), "\"X\" ");
    EXPECT_EQ(text(".spec['a.b']"), "1 ");
    EXPECT_EQ(text(".spec.a\\.b"), "1 ");
    EXPECT_EQ(text(".spec.missing.x"), "");
    EXPECT_EQ(text(".spec.list[oops]"), "");
}

}  // namespace
}  // namespace wasmbed::apiserver
