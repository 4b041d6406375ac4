// Cuts the power at every single operation of the medium during a life full of changes, garbage collection and streams
// included, and checks after each cut: every key has its old or its new value, and the store goes on working.
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>

#include "device/hal/testing/fake_store.hpp"
#include "device/runtime/store/kv_store.hpp"

namespace wasmbed::store {
namespace {

using Model = std::map<std::string, std::string>;

struct Change {
    std::string key;
    std::optional<std::string> value;  // nothing: remove
    bool streamed = false;
};

std::string text(std::size_t size, int seed) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i)
        out += static_cast<char>('a' + (i * 5 + static_cast<std::size_t>(seed)) % 26);
    return out;
}

std::vector<Change> script() {
    std::vector<Change> changes;
    changes.push_back({"identity", text(120, 9)});
    for (int i = 0; i < 14; ++i) {
        changes.push_back({"app" + std::to_string(i % 3), text(60 + static_cast<std::size_t>(i) * 13, i)});
        if (i % 4 == 1) changes.push_back({"module", text(700, i), true});
        if (i % 5 == 3) changes.push_back({"app" + std::to_string(i % 3), std::nullopt});
    }
    return changes;
}

bool apply(KvStore& kv, const Change& change) {
    if (!change.value) return kv.remove(change.key).has_value();
    if (!change.streamed) return kv.set(change.key, bytes_of(*change.value)).has_value();
    if (!kv.begin(change.key, static_cast<std::uint32_t>(change.value->size()))) return false;
    for (std::size_t at = 0; at < change.value->size(); at += 111) {
        if (!kv.append(bytes_of(std::string_view{*change.value}.substr(at, 111)))) return false;
    }
    return kv.commit().has_value();
}

void apply(Model& model, const Change& change) {
    if (change.value) {
        model[change.key] = *change.value;
    } else {
        model.erase(change.key);
    }
}

Model contents(const KvStore& kv) {
    Model model;
    std::size_t cursor = 0, size = 0;
    std::array<char, KvStore::kKeyBytesMax> key;
    while (kv.next(cursor, "", key, size)) {
        std::uint8_t buffer[4096];
        const auto value = kv.get({key.data(), size}, buffer);
        model[{key.data(), size}] =
            value ? std::string{wasmbed::text_of(Bytes{buffer, *value})} : std::string{"!"} + text_of(value.error());
    }
    return model;
}

class PowerCut : public testing::TestWithParam<hal::StoreGeometry> {};

TEST_P(PowerCut, leaves_the_old_or_the_new_value_and_nothing_else_changed) {
    const std::vector<Change> changes = script();
    std::uint64_t steps = 0;
    {
        hal::FakeStore medium{GetParam()};
        KvStore kv{medium};
        ASSERT_TRUE(kv.open());
        for (const Change& change : changes) ASSERT_TRUE(apply(kv, change));
        steps = medium.steps();
    }
    ASSERT_GT(steps, 100u);

    for (std::uint64_t cut = 0; cut < steps; ++cut) {
        hal::FakeStore medium{GetParam()};
        medium.cut_power_after(cut);
        Model before, after;
        std::size_t done = 0;
        {
            KvStore kv{medium};
            if (kv.open()) {
                for (; done < changes.size(); ++done) {
                    after = before;
                    apply(after, changes[done]);
                    if (!apply(kv, changes[done])) break;
                    before = after;
                }
            }
        }
        medium.restore_power();
        KvStore kv{medium};
        const auto report = kv.open();
        ASSERT_TRUE(report) << "cut " << cut;
        EXPECT_EQ(report->damaged, 0u) << "cut " << cut;
        const Model found = contents(kv);
        ASSERT_TRUE(found == before || found == after) << "cut " << cut << ", change " << done;

        // Life goes on from there.
        Model model = found;
        for (const Change& change : changes) {
            ASSERT_TRUE(apply(kv, change)) << "cut " << cut << ", then " << change.key;
            apply(model, change);
        }
        ASSERT_EQ(contents(kv), model) << "cut " << cut;
    }
}

INSTANTIATE_TEST_SUITE_P(Geometries, PowerCut,
                         testing::Values(hal::StoreGeometry{8 * 1024, 512, 8}, hal::StoreGeometry{8 * 1024, 512, 32},
                                         hal::StoreGeometry{8 * 1024, 2048, 1}));

}  // namespace
}  // namespace wasmbed::store
