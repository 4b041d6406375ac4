#include "services/web/history.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace wasmbed::web {
namespace {

class HistoryTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string path() const { return directory_ + "/web.db"; }
    /// One sample of a series and one of a device in that slot, of a `web` that ends without a word.
    void run_web(SeriesStore::Slot slot, double value) {
        SeriesStore series;
        UsageStore usage;
        History history(path(), slot, series, usage);
        series.begin(slot);
        series.put("a_total", {{"role", "gateway"}, {"x", "\"y\""}}, value);
        const auto usage_slot = slot / 3;
        usage.put({"ns/one", std::uint64_t(slot), 65'536, 0}, usage_slot);
        history.save(series, usage, usage_slot);
    }
    /// What a `web` that starts in slot `now` has of the series.
    std::string series_at(SeriesStore::Slot now, SeriesStore::Slot from, SeriesStore::Slot to) {
        SeriesStore series;
        UsageStore usage;
        History history(path(), now, series, usage);
        const auto found = series.query({.names = {"*"}, .from = from, .to = to});
        return json::serialize(found.at("series"));
    }
    std::string directory_ = testing::TempDir() + "wasmbed-history-XXXXXX";
};

constexpr SeriesStore::Slot kStart = 176'000'000;

TEST_F(HistoryTest, series_go_on_after_a_restart) {
    run_web(kStart, 5);
    run_web(kStart + 2, 7);
    EXPECT_EQ(series_at(kStart + 4, kStart, kStart + 4),
              R"([{"name":"a_total","labels":{"role":"gateway","x":"\"y\""},"values":[5E0,null,7E0,null,null]}])");
}

TEST_F(HistoryTest, usage_of_devices_goes_on_after_a_restart) {
    run_web(kStart, 5);
    SeriesStore series;
    UsageStore usage;
    History history(path(), kStart + 3, series, usage);
    const auto found = usage.query("ns/one", kStart / 3, kStart / 3 + 1);
    EXPECT_EQ(json::serialize(found.at("memoryBytes")), "[6.5536E4,null]");
    EXPECT_EQ(json::serialize(found.at("fuelPerSecond")), "[null,null]");
}

TEST_F(HistoryTest, forgets_what_is_older_than_six_hours) {
    run_web(kStart, 5);
    run_web(kStart + SeriesStore::Slot(SeriesStore::kSlots), 6);
    auto file = HistoryFile::open(path());
    ASSERT_TRUE(file) << file.error();
    const auto kept = file->load(HistoryFile::Track::metrics, 0, kStart * 2);
    ASSERT_TRUE(kept) << kept.error();
    ASSERT_EQ(kept->size(), 1u);
    EXPECT_EQ(kept->begin()->second.size(), 1u);
}

TEST_F(HistoryTest, forgets_keys_of_which_nothing_is_left) {
    auto file = HistoryFile::open(path());
    ASSERT_TRUE(file) << file.error();
    for (HistoryFile::Slot slot = 1; slot <= 20; ++slot)
        ASSERT_TRUE(file->write(HistoryFile::Track::usage, slot, 5, {{"device-" + std::to_string(slot), 1}}));
    auto again = HistoryFile::open(path());
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->load(HistoryFile::Track::usage, 0, 20)->size(), 5u);
    auto database = store::Database::open(path());
    ASSERT_TRUE(database);
    auto count = database->prepare("SELECT count(*) FROM keys");
    ASSERT_TRUE(count && count->step());
    EXPECT_EQ(count->integer(0), 5);
}

TEST_F(HistoryTest, samples_of_a_clock_that_was_ahead_are_dropped) {
    run_web(kStart + 1000, 5);
    EXPECT_EQ(series_at(kStart, kStart, kStart + 1000), "[]");
    run_web(kStart + 1, 6);
    EXPECT_NE(series_at(kStart + 2, kStart, kStart + 2).find("[null,6E0,null]"), std::string::npos);
}

TEST_F(HistoryTest, a_damaged_file_is_set_aside_and_a_new_one_made) {
    std::ofstream(path()) << std::string(10'000, 'x');
    run_web(kStart, 5);
    EXPECT_TRUE(std::filesystem::exists(path() + ".damaged"));
    EXPECT_NE(series_at(kStart, kStart, kStart).find("[5E0]"), std::string::npos);
}

TEST_F(HistoryTest, a_folder_that_cannot_be_written_leaves_the_figures_in_memory) {
    directory_ += "/none";
    run_web(kStart, 5);
    EXPECT_EQ(series_at(kStart, kStart, kStart), "[]");
    directory_.resize(directory_.size() - 5);
}

}  // namespace
}  // namespace wasmbed::web
