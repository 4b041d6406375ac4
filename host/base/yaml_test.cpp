#include "host/base/yaml.hpp"

#include <gtest/gtest.h>

namespace wasmbed {
namespace {

TEST(Yaml, reads_documents_with_the_core_schema) {
    auto documents = parse_yaml("a: 1\nb: \"1\"\nc: true\nd: yes\ne: ~\nf: 1.5\ng: 0x10\nh: 1e3\n---\n---\n- x\n");
    ASSERT_TRUE(documents) << documents.error();
    ASSERT_EQ(documents->size(), 2u);
    EXPECT_EQ((*documents)[0],
              parse_json(R"({"a":1,"b":"1","c":true,"d":"yes","e":null,"f":1.5,"g":16,"h":1000.0})").value());
    EXPECT_EQ((*documents)[1], parse_json(R"(["x"])").value());
}

TEST(Yaml, names_line_and_column_of_an_error) {
    auto result = parse_yaml("a: 1\nb: [1, 2\nc: 3\n");
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("line "), std::string::npos) << result.error();
    EXPECT_FALSE(parse_yaml("a: 1\na: 2\n"));
}

TEST(Yaml, refuses_an_alias_bomb) {
    std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 9; ++i) {
        std::string p = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + p;
        for (int k = 0; k < 9; ++k) text += "," + p;
        text += "]\n";
    }
    EXPECT_FALSE(parse_yaml(text));
}

TEST(Yaml, refuses_what_begins_no_document) {
    for (const char* text : {",", "]", "}", ",@@:", "a: 1\n---\n,", "[1],"}) {
        auto result = parse_yaml(text);
        ASSERT_FALSE(result) << text;
        EXPECT_NE(result.error().find("invalid YAML at "), std::string::npos) << result.error();
    }
    EXPECT_EQ(parse_yaml("---\n---\na: 1\n---\n...\n").value().size(), 1U);
}

TEST(Yaml, refuses_what_is_not_utf_8) {
    EXPECT_EQ(parse_yaml("a: \xFE\xFF").error(), "invalid YAML: the text is not UTF-8");
    EXPECT_TRUE(
        parse_yaml("\xEF\xBB\xBF"
                   "a: \xC3\xA9"));
}

TEST(Yaml, prints_what_it_reads_back) {
    auto value = parse_json(R"({"b":["x",{"k":1,"l":[]},["y"]],"a":{"q":"yes","n":"12","e":"","m":"one\ntwo\n",
        "t":"2026-11-21T06:35:39Z","c":"a: b","d":"-x","z":null,"u":{}},"k: 1":true})")
                     .value();
    auto text = to_yaml(value);
    auto again = parse_yaml(text);
    ASSERT_TRUE(again) << text << again.error();
    EXPECT_EQ(again->at(0), value) << text;
}

TEST(Yaml, prints_as_kubectl_does) {
    auto value = parse_json(R"({"metadata":{"name":"x","labels":{"b":"2","a":"y"}},"list":[{"k":1,"m":"s"}]})").value();
    EXPECT_EQ(to_yaml(value), "list:\n- k: 1\n  m: s\nmetadata:\n  labels:\n    a: \"y\"\n    b: \"2\"\n  name: x\n");
}

}  // namespace
}  // namespace wasmbed
