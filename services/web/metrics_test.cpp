#include <gmock/gmock.h>

#include "services/web/exposition.hpp"
#include "services/web/series_store.hpp"

namespace wasmbed::web {
namespace {

TEST(Exposition, reads_samples_labels_and_families) {
    auto read = parse_exposition(
        "# HELP a_total Things.\n# TYPE a_total counter\n"
        "a_total{type=\"x,\\\"y\\\"\",z=\"1\"} 3\nb 1.5e3 1700000000\n"
        "h_bucket{le=\"+Inf\"} 4\nh_sum 2\nnonsense\nc{x=} 1\n");
    ASSERT_EQ(read.samples.size(), 3u);
    EXPECT_EQ(read.samples[0].labels, (Labels{{"type", "x,\"y\""}, {"z", "1"}}));
    EXPECT_EQ(read.samples[0].value, 3);
    EXPECT_EQ(read.samples[1].value, 1500);
    EXPECT_EQ(read.samples[2].name, "h_sum");
    EXPECT_EQ(read.families["a_total"].type, "counter");
    EXPECT_EQ(read.families["a_total"].help, "Things.");
}

std::string values(const SeriesStore& store, SeriesStore::Range range) {
    auto found = store.query(range);
    const auto& series = found["series"].as_array();
    return series.empty() ? "none" : json::serialize(series[0].at("values"));
}

TEST(SeriesStore, gives_what_was_put_and_null_for_what_was_not) {
    SeriesStore store;
    store.begin(100);
    store.put("a", {}, 1);
    store.begin(102);
    store.put("a", {}, 3);
    EXPECT_EQ(values(store, {.names = {"a"}, .from = 99, .to = 103}), "[null,1E0,null,3E0,null]");
    EXPECT_EQ(values(store, {.names = {"b"}, .from = 99, .to = 103}), "none");
    EXPECT_EQ(values(store, {.names = {"*"}, .from = 100, .to = 103, .points = 2}), "[1E0,3E0]");
}

TEST(SeriesStore, makes_rates_of_counters_and_takes_a_fall_for_a_new_start) {
    SeriesStore store;
    for (auto [slot, value] : {std::pair(1, 100.0), {2, 150.0}, {3, 20.0}}) {
        store.begin(slot);
        store.put("a_total", {}, value);
    }
    EXPECT_EQ(values(store, {.names = {"a_total"}, .from = 1, .to = 3, .rate = true}), "[null,5E0,2E0]");
}

TEST(SeriesStore, forgets_what_is_older_than_its_slots) {
    SeriesStore store;
    store.begin(1);
    store.put("a", {}, 1);
    store.begin(1 + SeriesStore::kSlots);
    store.put("a", {}, 2);
    EXPECT_EQ(values(store, {.names = {"a"}, .from = 1, .to = 1}), "[null]");
    store.begin(5 * SeriesStore::kSlots);
    EXPECT_EQ(values(store, {.names = {"a"}, .from = 1 + SeriesStore::kSlots, .to = 1 + SeriesStore::kSlots}),
              "[null]");
}

TEST(SeriesStore, leaves_out_series_beyond_its_limit_until_others_are_forgotten) {
    SeriesStore store;
    store.begin(1);
    for (std::size_t i = 0; i <= SeriesStore::kSeriesMax; ++i) store.put("a", {{"i", std::to_string(i)}}, 1);
    EXPECT_EQ(store.left_out(), 1u);
    store.begin(1 + SeriesStore::kSlots);
    store.put("b", {}, 1);
    EXPECT_EQ(store.left_out(), 0u);
    EXPECT_THAT(store.names(), testing::ElementsAre("b"));
}

}  // namespace
}  // namespace wasmbed::web
