#include "host/fleet/condition.hpp"

#include <gtest/gtest.h>

namespace wasmbed::fleet {
namespace {

using namespace std::chrono_literals;

const WallClock::time_point kNow = parse_rfc3339("2026-11-21T09:00:00Z").value();

Condition ready(ConditionStatus status, std::string reason) {
    return {"Ready", status, std::move(reason), "m", 3, ""};
}

TEST(SetCondition, keeps_the_transition_time_until_the_status_changes) {
    std::vector<Condition> conditions;
    EXPECT_TRUE(set_condition(conditions, ready(ConditionStatus::False, "A"), kNow));
    EXPECT_FALSE(set_condition(conditions, ready(ConditionStatus::False, "B"), kNow + 1min));
    ASSERT_EQ(conditions.size(), 1U);
    EXPECT_EQ(conditions[0].reason, "B");
    EXPECT_EQ(conditions[0].last_transition_time, "2026-11-21T09:00:00Z");
    EXPECT_TRUE(set_condition(conditions, ready(ConditionStatus::True, "C"), kNow + 2min));
    EXPECT_EQ(conditions[0].last_transition_time, "2026-11-21T09:02:00Z");
}

TEST(SetCondition, leaves_conditions_of_other_types_alone) {
    std::vector<Condition> conditions = {{"Connected", ConditionStatus::True, "SessionOpen", "", 0, "t"}};
    set_condition(conditions, ready(ConditionStatus::True, "A"), kNow);
    ASSERT_EQ(conditions.size(), 2U);
    EXPECT_EQ(conditions[0].last_transition_time, "t");
}

TEST(Conditions, round_trip_through_json) {
    std::vector<Condition> conditions = {{"Ready", ConditionStatus::Unknown, "R", "message", 7, "2026-11-21T09:00:00Z"},
                                         {"Connected", ConditionStatus::True, "S", "", 0, ""}};
    json::value object = {{"status", {{"conditions", conditions_to_json(conditions)}}}};
    EXPECT_EQ(conditions_from_json(object), conditions);
    EXPECT_TRUE(condition_is_true(conditions, "Connected"));
    EXPECT_FALSE(condition_is_true(conditions, "Ready"));
    EXPECT_EQ(find_condition(conditions, "None"), nullptr);
}

TEST(Conditions, tolerates_what_is_none) {
    for (const char* text :
         {"{}", R"({"status":{"conditions":{}}})", R"({"status":{"conditions":[1,{"status":"True"}]}})"}) {
        EXPECT_TRUE(conditions_from_json(parse_json(text).value()).empty()) << text;
    }
}

}  // namespace
}  // namespace wasmbed::fleet
