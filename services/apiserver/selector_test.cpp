#include "services/apiserver/selector.hpp"

#include <gtest/gtest.h>

namespace wasmbed::apiserver {
namespace {

bool labels_match(const char* selector, const Labels& labels) {
    auto parsed = LabelSelector::parse(selector);
    EXPECT_TRUE(parsed) << selector;
    return parsed && parsed->matches(labels);
}

TEST(LabelSelector, understands_what_kubectl_sends) {
    Labels labels{{"site", "lab"}, {"app.kubernetes.io/name", "x"}};
    EXPECT_TRUE(labels_match("", labels));
    EXPECT_TRUE(labels_match("site=lab", labels));
    EXPECT_TRUE(labels_match("site==lab,app.kubernetes.io/name=x", labels));
    EXPECT_FALSE(labels_match("site=roof", labels));
    EXPECT_TRUE(labels_match("site!=roof", labels));
    EXPECT_TRUE(labels_match("floor!=2", labels));
    EXPECT_TRUE(labels_match("site in (roof, lab)", labels));
    EXPECT_FALSE(labels_match("site notin (roof,lab)", labels));
    EXPECT_TRUE(labels_match("floor notin (1)", labels));
    EXPECT_TRUE(labels_match("site", labels));
    EXPECT_TRUE(labels_match("!floor", labels));
    EXPECT_FALSE(labels_match("site,!site", labels));
}

TEST(LabelSelector, refuses_what_it_does_not_understand) {
    for (auto text : {"=x", "a in b", "a in (b", "a=b c=d", "!", "a=b,,c"})
        EXPECT_FALSE(LabelSelector::parse(text)) << text;
}

TEST(FieldSelector, matches_names_and_paths) {
    auto object = parse_json(R"({"metadata":{"name":"a","namespace":"n"},"involvedObject":{"kind":"Device"}})").value();
    auto names = FieldSelector::parse("metadata.name=a,metadata.namespace!=m").value();
    EXPECT_TRUE(names.names_only());
    EXPECT_TRUE(names.matches_names("n", "a"));
    EXPECT_FALSE(names.matches_names("m", "a"));
    EXPECT_EQ(*names.exact_name(), "a");
    auto paths = FieldSelector::parse("involvedObject.kind=Device").value();
    EXPECT_FALSE(paths.names_only());
    EXPECT_TRUE(paths.matches(object));
    EXPECT_EQ(paths.unknown_field({"metadata.name"}), "involvedObject.kind");
    EXPECT_FALSE(FieldSelector::parse("nonsense"));
}

}  // namespace
}  // namespace wasmbed::apiserver
