// The rules of server-side apply on a small schema; the recorded sets of a real kube-apiserver are the model.
#include <gtest/gtest.h>

#include "services/apiserver/apply/managers.hpp"

namespace wasmbed::apiserver::apply {
namespace {

json::value parse(std::string_view text) {
    return parse_json(text).value();
}

const json::value& schema() {
    static const json::value kSchema = merge_schema(parse(R"({"type":"object","properties":{
      "spec":{"type":"object","properties":{
        "arch":{"type":"string"}, "note":{"type":"string"},
        "tags":{"type":"array","items":{"type":"string"}},
        "pins":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"},
        "env":{"type":"object","additionalProperties":{"type":"string"}},
        "whole":{"type":"object","x-kubernetes-map-type":"atomic","properties":{"a":{"type":"string"}}},
        "modules":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
          "items":{"type":"object","properties":{"name":{"type":"string"},"digest":{"type":"string"},
            "priority":{"type":"integer"}}}}}},
      "status":{"type":"object","properties":{"phase":{"type":"string"}}}}})"));
    return kSchema;
}

Writer applier(std::string name) {
    return {std::move(name), "Apply", "v1", {}, "2026-11-21T00:00:00Z"};
}
Writer updater(std::string name) {
    return {std::move(name), "Update", "v1", {}, "2026-11-21T00:00:00Z"};
}

std::string owned_by(const Managers& managers, std::string_view name) {
    std::string text;
    for (const auto& manager : managers) {
        if (manager.writer.name == name) text += json::serialize(fields_to_json(manager.fields));
    }
    return text;
}

/// An object and its managers, changed by one apply after the other.
struct Fixture : testing::Test {
    json::value object;
    Managers managers;

    void create(const Writer& writer, std::string_view config) {
        object = parse(config);
        managers = first_managers(schema(), object, writer);
    }
    /// Texts of the conflicts, "" when it was applied.
    std::string apply(const Writer& writer, std::string_view config, bool force = false) {
        auto applied = apply_config(schema(), object, parse(config), managers, writer, force);
        if (!applied) {
            std::string text;
            for (const auto& conflict : applied.error()) {
                for (const auto& path : path_texts(conflict.fields)) text += conflict.owner.name + path + " ";
            }
            return text;
        }
        object = std::move(applied->object);
        managers = std::move(applied->managers);
        return {};
    }
    void update(const Writer& writer, std::string_view after) {
        auto now = parse(after);
        managers = note_write(schema(), object, now, managers, writer);
        object = now;
    }
    std::string spec() { return json::serialize(*json_find(object, {"spec"})); }
};

TEST(FieldSets, are_those_that_kube_apiserver_writes) {
    auto config = parse(R"({"apiVersion":"v1","kind":"D","metadata":{"labels":{"site":"lab"},"name":"d"},
        "spec":{"arch":"a","modules":[{"digest":"x","name":"blink","priority":1}],"tags":["t"]}})");
    EXPECT_EQ(owned_by(first_managers(schema(), config, applier("k")), "k"),
              R"({"f:metadata":{"f:labels":{"f:site":{}}},"f:spec":{"f:arch":{},"f:modules":{"k:{\"name\":\"blink\"}":)"
              R"({".":{},"f:digest":{},"f:name":{},"f:priority":{}}},"f:tags":{}}})");
}

TEST(FieldSets, survive_json_and_name_paths) {
    auto fields = parse(R"({"f:a":{".":{},"f:b":{}},"f:l":{"k:{\"name\":\"x\"}":{"f:c":{}},"v:\"y\"":{}}})");
    auto set = fields_from_json(fields.as_object());
    EXPECT_EQ(json::value(fields_to_json(set)), fields);
    EXPECT_EQ(path_texts(set), (std::vector<std::string>{".a", ".a.b", ".l[name=\"x\"].c", ".l[=\"y\"]"}));
    EXPECT_TRUE(subtract(set, set).empty());
    EXPECT_EQ(intersect(set, set), set);
    EXPECT_EQ(unite({}, set), set);
}

TEST_F(Fixture, apply_adds_and_removes_its_own_fields) {
    create(applier("a"), R"({"spec":{"arch":"x","note":"n","env":{"A":"1","B":"2"}}})");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"arch":"y","env":{"A":"1"}}})"), "");
    EXPECT_EQ(spec(), R"({"arch":"y","env":{"A":"1"}})");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"arch":"y"}})"), "");
    EXPECT_EQ(spec(), R"({"arch":"y"})");
}

TEST_F(Fixture, fields_of_others_survive_an_apply) {
    create(applier("a"), R"({"spec":{"env":{"A":"1"}}})");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"env":{"B":"2"}}})"), "");
    EXPECT_EQ(spec(), R"({"env":{"A":"1","B":"2"}})");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{}})"), "");
    EXPECT_EQ(spec(), R"({"env":{"B":"2"}})");
}

TEST_F(Fixture, changing_a_field_of_another_manager_is_a_conflict) {
    create(applier("a"), R"({"spec":{"arch":"x","note":"n"}})");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"arch":"y"}})"), "a.spec.arch ");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"arch":"x"}})"), "");  // the same value is shared
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"note":"n"}})"), "");  // given up by one, kept by the other
    EXPECT_EQ(spec(), R"({"arch":"x","note":"n"})");
}

TEST_F(Fixture, force_takes_the_field) {
    create(applier("a"), R"({"spec":{"arch":"x","note":"n"}})");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"arch":"y"}})", true), "");
    EXPECT_EQ(owned_by(managers, "a"), R"({"f:spec":{"f:note":{}}})");
    EXPECT_EQ(owned_by(managers, "b"), R"({"f:spec":{"f:arch":{}}})");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"arch":"x","note":"n"}})"), "b.spec.arch ");
}

TEST_F(Fixture, items_of_keyed_lists_are_owned_apart) {
    create(applier("a"), R"({"spec":{"modules":[{"name":"m","digest":"1"}]}})");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"modules":[{"name":"n","digest":"2"}]}})"), "");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"modules":[{"name":"m","digest":"3"}]}})"),
              "a.spec.modules[name=\"m\"].digest ");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"modules":[]}})"), "");
    EXPECT_EQ(spec(), R"({"modules":[{"name":"n","digest":"2"}]})");
}

TEST_F(Fixture, two_managers_may_share_an_item) {
    create(applier("a"), R"({"spec":{"modules":[{"name":"m","digest":"1"}]}})");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"modules":[{"name":"m","priority":5}]}})"), "");
    EXPECT_EQ(spec(), R"({"modules":[{"name":"m","digest":"1","priority":5}]})");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{}})"), "");
    EXPECT_EQ(spec(), R"({"modules":[{"name":"m","priority":5}]})");
}

TEST_F(Fixture, sets_merge_and_atomic_values_do_not) {
    create(applier("a"), R"({"spec":{"pins":["p"],"tags":["s"],"whole":{"a":"1"}}})");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"pins":["q"]}})"), "");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"pins":["q"],"tags":["t"]}})"), "a.spec.tags ");
    EXPECT_EQ(apply(applier("b"), R"({"spec":{"pins":["q"],"whole":{"b":"1"}}})"), "a.spec.whole ");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"tags":["u"],"whole":{"c":"1"}}})"), "");
    EXPECT_EQ(spec(), R"({"pins":["q"],"tags":["u"],"whole":{"c":"1"}})");
}

TEST_F(Fixture, an_update_takes_over_what_it_changes) {
    create(applier("a"), R"({"metadata":{"labels":{"s":"1"}},"spec":{"arch":"x"}})");
    update(updater("edit"), R"({"metadata":{"labels":{"s":"2","t":"3"}},"spec":{"arch":"x"}})");
    EXPECT_EQ(owned_by(managers, "edit"), R"({"f:metadata":{"f:labels":{"f:s":{},"f:t":{}}}})");
    EXPECT_EQ(owned_by(managers, "a"), R"({"f:spec":{"f:arch":{}}})");
    EXPECT_EQ(apply(applier("a"), R"({"metadata":{"labels":{"s":"1"}},"spec":{"arch":"x"}})"),
              "edit.metadata.labels.s ");
    update(updater("edit"), R"({"metadata":{},"spec":{"arch":"x"}})");
    EXPECT_EQ(owned_by(managers, "edit"), "");
    EXPECT_EQ(apply(applier("a"), R"({"metadata":{"labels":{"s":"1"}},"spec":{"arch":"x"}})"), "");
}

TEST_F(Fixture, what_was_there_before_the_first_apply_belongs_to_nobody_else) {
    object = parse(R"({"metadata":{"name":"d"},"spec":{"arch":"x","note":"n"},"status":{"phase":"p"}})");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"arch":"y"}})"), "before-first-apply.spec.arch ");
    EXPECT_EQ(apply(applier("a"), R"({"spec":{"arch":"y"}})", true), "");
    EXPECT_EQ(owned_by(managers, "before-first-apply"), R"({"f:spec":{"f:note":{}}}{"f:status":{"f:phase":{}}})");
}

TEST_F(Fixture, status_is_owned_through_its_subresource) {
    create(applier("a"), R"({"spec":{"arch":"x"},"status":{"phase":"p"}})");
    EXPECT_EQ(owned_by(managers, "a"), R"({"f:spec":{"f:arch":{}}})");
    auto status = updater("gateway");
    status.subresource = "status";
    update(status, R"({"spec":{"arch":"x"},"status":{"phase":"q"}})");
    EXPECT_EQ(owned_by(managers, "gateway"), R"({"f:status":{"f:phase":{}}})");
}

TEST_F(Fixture, an_apply_that_changes_nothing_keeps_the_time) {
    create(applier("a"), R"({"spec":{"arch":"x"}})");
    auto later = applier("a");
    later.time = "2027-01-01T00:00:00Z";
    EXPECT_EQ(apply(later, R"({"spec":{"arch":"x"}})"), "");
    EXPECT_EQ(managers_to_json(managers)[0].at("time").as_string(), "2026-11-21T00:00:00Z");
}

}  // namespace
}  // namespace wasmbed::apiserver::apply
