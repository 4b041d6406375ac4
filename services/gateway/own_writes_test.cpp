#include "services/gateway/own_writes.hpp"

#include <gtest/gtest.h>

namespace wasmbed::gateway {
namespace {

const kube::ObjectKey kDevice{"ns", "dev"};

kube::ObjectPtr version(std::string_view number) {
    return std::make_shared<const json::value>(json::value{{"metadata", {{"resourceVersion", number}}}});
}

TEST(OwnWrites, knows_the_echo_of_a_write_once) {
    OwnWrites writes;
    writes.note(kDevice, "41", version("42"));
    EXPECT_FALSE(writes.is_echo({"ns", "other"}, version("41"), *version("42")));
    EXPECT_TRUE(writes.is_echo(kDevice, version("41"), *version("42")));
    EXPECT_EQ(writes.take(kDevice), nullptr);
    EXPECT_FALSE(writes.is_echo(kDevice, version("41"), *version("42")));
}

// The Device was deleted (42) and then written here (43); the watch broke, and the list afterwards shows only 43.
TEST(OwnWrites, a_write_that_hides_the_change_of_another_is_no_echo) {
    OwnWrites writes;
    writes.note(kDevice, "42", version("43"));
    EXPECT_FALSE(writes.is_echo(kDevice, version("41"), *version("43")));
    EXPECT_EQ(writes.take(kDevice), nullptr);
    writes.note(kDevice, "42", version("43"));
    EXPECT_FALSE(writes.is_echo(kDevice, nullptr, *version("43")));
}

TEST(OwnWrites, what_others_wrote_is_no_echo_and_does_not_end_the_waiting_for_it) {
    OwnWrites writes;
    writes.note(kDevice, "42", version("43"));
    EXPECT_FALSE(writes.is_echo(kDevice, version("41"), *version("42")));
    EXPECT_TRUE(writes.is_echo(kDevice, version("42"), *version("43")));
}

TEST(OwnWrites, the_last_write_is_taken_to_go_on_from) {
    OwnWrites writes;
    writes.note(kDevice, "41", version("42"));
    writes.note(kDevice, "42", version("43"));
    const kube::ObjectPtr taken = writes.take(kDevice);
    ASSERT_NE(taken, nullptr);
    EXPECT_EQ(version_of(*taken), "43");
}

}  // namespace
}  // namespace wasmbed::gateway
