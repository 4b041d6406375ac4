#include "host/base/json.hpp"

#include <gtest/gtest.h>

#include "host/base/kept_json.hpp"

namespace wasmbed {
namespace {

TEST(Json, finds_values_by_path_and_tolerates_missing_steps) {
    auto value = parse_json(R"({"a":{"b":"x","n":3,"d":4.0,"t":true,"l":[1]}})").value();
    EXPECT_EQ(json_string(value, {"a", "b"}), "x");
    EXPECT_EQ(json_string(value, {"a", "missing"}, "-"), "-");
    EXPECT_EQ(json_int(value, {"a", "n"}), 3);
    EXPECT_EQ(json_int(value, {"a", "d"}), 4);
    EXPECT_EQ(json_int(value, {"a", "b"}, 7), 7);
    EXPECT_TRUE(json_bool(value, {"a", "t"}));
    EXPECT_EQ(json_array(value, {"a", "l"})->size(), 1u);
    EXPECT_EQ(json_object(value, {"a", "l"}), nullptr);
}

TEST(Json, names_the_byte_where_parsing_failed) {
    auto result = parse_json(R"({"a": tru})");
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("byte"), std::string::npos);
    EXPECT_FALSE(parse_json("{} x"));
    EXPECT_FALSE(parse_json(std::string(100, '[') + std::string(100, ']')));
}

// The examples of RFC 7386, appendix A.
TEST(Json, applies_merge_patches_as_rfc_7386_says) {
    const char* cases[][3] = {
        {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", R"({})"},
        {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
        {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
        {R"({"a":"foo"})", R"(null)", R"(null)"},
        {R"({"a":"foo"})", R"("bar")", R"("bar")"},
        {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
        {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
    };
    for (const auto& [before, patch, after] : cases) {
        auto value = parse_json(before).value();
        apply_merge_patch(value, parse_json(patch).value());
        EXPECT_EQ(value, parse_json(after).value()) << before << " + " << patch;
    }
}

TEST(Json, made_merge_patch_turns_one_object_into_the_other) {
    auto from = parse_json(R"({"a":1,"b":{"c":2,"d":3},"e":[1]})").value().as_object();
    auto to = parse_json(R"({"b":{"c":2,"f":4},"e":[2],"g":"h"})").value().as_object();
    auto patch = make_merge_patch(from, to);
    json::value patched = from;
    apply_merge_patch(patched, patch);
    EXPECT_EQ(patched, json::value(to));
    EXPECT_FALSE(json_find(patch, {"b", "c"}));
    EXPECT_TRUE(make_merge_patch(to, to).empty());
}

TEST(Json, keeps_values_as_they_are_in_one_block) {
    const std::string nested =
        R"({"a":{"b":[1,2.5,"text longer than what fits into the value itself",null,true]},"c":""})";
    for (const std::string& text :
         {nested, std::string("7"), std::string("[]"), "[\"" + std::string(200'000, 'x') + "\"]"}) {
        const json::value value = parse_json(text).value();
        const auto kept = keep_json(value);
        EXPECT_EQ(*kept, value);
        const json::value copy = *kept;
        EXPECT_EQ(copy, value);
    }
}

}  // namespace
}  // namespace wasmbed
