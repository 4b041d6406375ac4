#include "services/web/usage_store.hpp"

#include <gtest/gtest.h>

namespace wasmbed::web {
namespace {

std::string text(const json::object& answer, const char* which) {
    return json::serialize(answer.at(which));
}

TEST(UsageStore, keeps_memory_and_fuel_per_second_of_a_device) {
    UsageStore store;
    store.put({"a/b", 1'000, 65'536, 500}, 10);
    store.put({"a/b", 31'000, 131'072, 60'500}, 11);
    const auto answer = store.query("a/b", 9, 12);
    EXPECT_EQ(text(answer, "from"), "270");
    EXPECT_EQ(text(answer, "memoryBytes"), "[null,6.5536E4,1.31072E5,null]");
    EXPECT_EQ(text(answer, "fuelPerSecond"), "[null,null,2E3,null]");
    EXPECT_EQ(text(store.query("a/other", 9, 10), "memoryBytes"), "[null,null]");
}

TEST(UsageStore, knows_no_rate_over_a_reboot) {
    UsageStore store;
    store.put({"a/b", 90'000, 1, 9'000}, 10);
    store.put({"a/b", 2'000, 1, 100}, 11);
    EXPECT_EQ(text(store.query("a/b", 11, 11), "fuelPerSecond"), "[null]");
}

TEST(UsageStore, knows_the_rate_over_the_end_of_the_counter) {
    UsageStore store;
    store.put({"a/b", 1'000, 1, 0xffff'fff0}, 10);
    store.put({"a/b", 2'000, 1, 0x10}, 11);
    EXPECT_EQ(text(store.query("a/b", 11, 11), "fuelPerSecond"), "[3.2E1]");
}

TEST(UsageStore, a_heartbeat_that_is_read_twice_counts_once) {
    UsageStore store;
    store.put({"a/b", 1'000, 7, 500}, 10);
    store.put({"a/b", 1'000, 7, 500}, 11);
    EXPECT_EQ(text(store.query("a/b", 10, 11), "memoryBytes"), "[7E0,null]");
}

TEST(UsageStore, keeps_six_hours_and_forgets_devices_that_are_gone) {
    UsageStore store;
    const auto last = UsageStore::Slot(UsageStore::kSlots);
    store.put({"a/b", 1'000, 1, 0}, 0);
    store.put({"a/b", 2'000, 2, 0}, last);
    EXPECT_EQ(text(store.query("a/b", 0, 0), "memoryBytes"), "[null]");
    store.forget_old(last + 1);
    EXPECT_EQ(text(store.query("a/b", last, last), "memoryBytes"), "[2E0]");
    store.forget_old(2 * last);
    EXPECT_EQ(text(store.query("a/b", last, last), "memoryBytes"), "[null]");
}

TEST(Usage, lines_that_cannot_be_read_are_left_out) {
    const auto found = parse_usage(
        "{\"namespace\":\"a\",\"device\":\"b\",\"uptimeMs\":5,\"memoryBytes\":6,\"fuel\":7}\nnonsense\n{\"device\":"
        "\"c\"}\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].device, "a/b");
    EXPECT_EQ(found[0].uptime_ms, 5u);
    EXPECT_EQ(found[0].memory_bytes, 6u);
    EXPECT_EQ(found[0].fuel, 7);
}

}  // namespace
}  // namespace wasmbed::web
