// An update of the one app with the power cut at every single write: the record that is found names its own module,
// whole.
#include "device/runtime/small/small_store.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "device/hal/testing/fake_store.hpp"

namespace wasmbed {
namespace {

// Of stm32vldiscovery's device tree; the small one collects garbage within the few updates of a test.
constexpr hal::StoreGeometry kBoard{56 * 1024, 1024, 8};
constexpr hal::StoreGeometry kTight{8 * 1024, 512, 8};

struct App {
    std::string manifest;
    std::string module;
    bool run = true;
};

App make(int seed) {
    App app;
    app.manifest = "manifest " + std::to_string(seed) + std::string(300, static_cast<char>('a' + seed));
    for (int i = 0; i < 700 + seed; ++i) app.module += static_cast<char>(i * 7 + seed);
    return app;
}

bool has_module(SmallStore& store, hal::Store& medium, std::uint8_t slot, const std::string& module) {
    const auto place = store.module(slot);
    if (!place || place->bytes != module.size()) return false;
    std::vector<std::uint8_t> bytes(place->bytes);
    return medium.read(place->offset, bytes) && text_of(bytes) == module;
}

/// What `SmallApp` does for an app that is new to it; false when the power goes.
bool install(SmallStore& store, hal::Store& medium, const App& app) {
    std::uint8_t slot = 0;
    while (slot < SmallStore::kSlots && !has_module(store, medium, slot, app.module)) ++slot;
    if (slot == SmallStore::kSlots) {
        const auto unused = store.free_slot();
        if (!unused) return false;
        slot = *unused;
        if (!store.begin(slot, static_cast<std::uint32_t>(app.module.size()))) return false;
        for (std::size_t at = 0; at < app.module.size(); at += 100) {
            if (!store.append(bytes_of(std::string_view{app.module}.substr(at, 100)))) return false;
        }
        if (!store.commit()) return false;
    }
    std::string record = "?" + app.manifest;
    return store.save({reinterpret_cast<std::uint8_t*>(record.data()), record.size()}, app.run, slot).has_value();
}

/// The app that a boot finds: its record is this one's, and the module it names is.
bool finds(SmallStore& store, hal::Store& medium, const App& app) {
    std::uint8_t record[1024];
    const auto size = store.record(record);
    if (!size || text_of(Bytes{record}.subspan(1, *size - 1)) != app.manifest) return false;
    return SmallStore::runs(record[0]) == app.run &&
           has_module(store, medium, SmallStore::slot_of(record[0]), app.module);
}

class SmallStoreTest : public testing::TestWithParam<hal::StoreGeometry> {};

/// From `before` to `after` with a cut at every step; whichever is found must be able to go on to `after`.
void cut_everywhere(const hal::StoreGeometry& geometry, const std::vector<App>& before, const App& after) {
    for (std::uint64_t cut = 0;; ++cut) {
        SCOPED_TRACE(cut);
        hal::FakeStore medium{geometry};
        bool done = false;
        {
            SmallStore store{medium};
            ASSERT_TRUE(store.open());
            for (const App& app : before) ASSERT_TRUE(install(store, medium, app));
            medium.cut_power_after(cut);
            done = install(store, medium, after);
        }
        medium.restore_power();
        SmallStore store{medium};
        const auto report = store.open();
        ASSERT_TRUE(report);
        EXPECT_EQ(report->damaged, 0u);
        const bool is_new = finds(store, medium, after);
        ASSERT_TRUE(is_new || (!done && finds(store, medium, before.back())));
        ASSERT_TRUE(install(store, medium, after));
        EXPECT_TRUE(finds(store, medium, after));
        if (done) return;
    }
}

TEST_P(SmallStoreTest, an_update_cut_at_any_write_leaves_the_old_or_the_new_app_whole) {
    cut_everywhere(GetParam(), {make(1), make(2), make(3)}, make(4));
}

TEST_P(SmallStoreTest, a_new_manifest_for_the_same_module_keeps_the_module_at_any_cut) {
    App again = make(3);
    again.manifest = make(9).manifest;
    cut_everywhere(GetParam(), {make(2), make(3)}, again);
}

TEST_P(SmallStoreTest, stopping_cut_at_any_write_leaves_it_stopped_or_running) {
    App stopped = make(3);
    stopped.run = false;
    cut_everywhere(GetParam(), {make(2), make(3)}, stopped);
}

TEST_P(SmallStoreTest, an_update_leaves_one_module) {
    hal::FakeStore medium{GetParam()};
    SmallStore store{medium};
    ASSERT_TRUE(store.open());
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(install(store, medium, make(i)));
        EXPECT_TRUE(finds(store, medium, make(i)));
        EXPECT_NE(store.module(0).has_value(), store.module(1).has_value());
    }
}

TEST_P(SmallStoreTest, a_removal_cut_at_any_write_leaves_the_app_or_none) {
    for (std::uint64_t cut = 0;; ++cut) {
        SCOPED_TRACE(cut);
        hal::FakeStore medium{GetParam()};
        bool done = false;
        {
            SmallStore store{medium};
            ASSERT_TRUE(store.open());
            ASSERT_TRUE(install(store, medium, make(1)));
            medium.cut_power_after(cut);
            done = store.remove().has_value();
        }
        medium.restore_power();
        SmallStore store{medium};
        ASSERT_TRUE(store.open());
        std::uint8_t flags[1];
        ASSERT_TRUE(finds(store, medium, make(1)) || !store.record(flags));
        ASSERT_TRUE(store.remove());
        EXPECT_EQ(store.record(flags).error(), store::KvError::NotFound);
        if (done) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Geometries, SmallStoreTest, testing::Values(kBoard, kTight));

}  // namespace
}  // namespace wasmbed
