#include "services/apiserver/schema.hpp"

#include <gtest/gtest.h>

namespace wasmbed::apiserver {
namespace {

json::value parse(const char* text) {
    return parse_json(text).value();
}

std::string errors_of(const char* schema, const char* object) {
    std::string text;
    for (const auto& error : validate(parse(schema), parse(object))) text += error.field + "|" + error.message + "\n";
    return text;
}

constexpr char kSpec[] = R"({"type":"object","properties":{"spec":{"type":"object","required":["board"],"properties":{
    "board":{"type":"string","minLength":1,"maxLength":5,"pattern":"^[a-z]+$"},
    "mode":{"type":"string","enum":["a","b"]},
    "count":{"type":"integer","minimum":1,"maximum":3,"default":2},
    "names":{"type":"array","maxItems":2,"items":{"type":"string"},"x-kubernetes-list-type":"set"},
    "env":{"type":"object","additionalProperties":{"type":"string"}},
    "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
    "when":{"type":"string","format":"date-time"},
    "target":{"type":"object","properties":{"all":{"type":"boolean"},"names":{"type":"array","items":{"type":"string"}}},
      "oneOf":[{"required":["all"]},{"required":["names"]}]}}}}})";

TEST(Schema, names_the_field_and_the_rule) {
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{"board":"abc"}})"), "");
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{}})"), "spec.board|Required value\n");
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{"board":7}})"),
              "spec.board|Invalid value: \"integer\": spec.board in body must be of type string: \"integer\"\n");
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{"board":"a","mode":"z"}})"),
              "spec.mode|Unsupported value: \"z\": supported values: \"a\", \"b\"\n");
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{"board":"a","count":4}})"),
              "spec.count|Invalid value: 4: spec.count in body should be less than or equal to 3\n");
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{"board":"A"}})"),
              "spec.board|Invalid value: \"A\": spec.board in body should match '^[a-z]+$'\n");
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{"board":"abcdef"}})"),
              "spec.board|Invalid value: \"abcdef\": spec.board in body should be at most 5 chars long\n");
    EXPECT_NE(errors_of(kSpec, R"({"spec":{"board":"a","when":"yesterday"}})").find("date-time"), std::string::npos);
}

TEST(Schema, checks_lists_maps_and_alternatives) {
    EXPECT_NE(errors_of(kSpec, R"({"spec":{"board":"a","names":["x","y","z"]}})").find("at most 2 items"),
              std::string::npos);
    EXPECT_NE(errors_of(kSpec, R"({"spec":{"board":"a","names":["x","x"]}})").find("spec.names[1]|Duplicate"),
              std::string::npos);
    EXPECT_NE(errors_of(kSpec, R"({"spec":{"board":"a","names":[1]}})").find("spec.names[0]|"), std::string::npos);
    EXPECT_NE(errors_of(kSpec, R"({"spec":{"board":"a","env":{"K":1}}})").find("spec.env.K|"), std::string::npos);
    EXPECT_EQ(errors_of(kSpec, R"({"spec":{"board":"a","target":{"all":true}}})"), "");
    EXPECT_NE(errors_of(kSpec, R"({"spec":{"board":"a","target":{}}})").find("none valid"), std::string::npos);
    EXPECT_NE(errors_of(kSpec, R"({"spec":{"board":"a","target":{"all":true,"names":[]}}})").find("2 valid"),
              std::string::npos);
}

TEST(Schema, removes_unknown_fields_and_tells_which) {
    auto object = parse(R"({"kind":"K","metadata":{"x":1},"spec":{"board":"a","colour":"red","env":{"K":"v"},
                            "free":{"any":{"thing":1}}},"other":1})");
    auto removed = prune(parse(kSpec), object);
    EXPECT_EQ(removed, (std::vector<std::string>{"spec.colour", "other"}));
    EXPECT_EQ(object, parse(R"({"kind":"K","metadata":{"x":1},"spec":{"board":"a","env":{"K":"v"},
                                "free":{"any":{"thing":1}}}})"));
}

TEST(Schema, fills_in_defaults_where_the_parent_exists) {
    auto object = parse(R"({"spec":{"board":"a"}})");
    apply_defaults(parse(kSpec), object);
    EXPECT_EQ(json_int(object, {"spec", "count"}), 2);
    auto empty = parse("{}");
    apply_defaults(parse(kSpec), empty);
    EXPECT_EQ(empty, parse("{}"));
}

}  // namespace
}  // namespace wasmbed::apiserver
