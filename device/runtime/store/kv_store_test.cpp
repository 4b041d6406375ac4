#include "device/runtime/store/kv_store.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "device/hal/testing/fake_store.hpp"

namespace wasmbed::store {
namespace {

constexpr hal::StoreGeometry kSmall{16 * 1024, 1024, 8};  // four segments of 4 KB

std::string value_of(const KvStore& kv, std::string_view key) {
    std::uint8_t buffer[8192];
    const auto size = kv.get(key, buffer);
    if (!size) return std::string{"<"} + text_of(size.error()) + ">";
    return std::string{wasmbed::text_of(Bytes{buffer, *size})};
}

std::string pattern(std::size_t size, int seed) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i)
        out += static_cast<char>('a' + (i * 7 + static_cast<std::size_t>(seed)) % 26);
    return out;
}

TEST(KvStore, formats_a_medium_that_holds_rubbish) {
    hal::FakeStore medium{kSmall, 0xA5};
    KvStore kv{medium};
    const auto report = kv.open();
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->formatted);
    EXPECT_EQ(report->keys, 0u);
}

TEST(KvStore, keeps_values_over_a_restart) {
    hal::FakeStore medium{kSmall};
    {
        KvStore kv{medium};
        ASSERT_TRUE(kv.open());
        ASSERT_TRUE(kv.set("a", bytes_of("first")));
        ASSERT_TRUE(kv.set("b", bytes_of("")));
        ASSERT_TRUE(kv.set("a", bytes_of("second, longer")));
        ASSERT_TRUE(kv.set("c", bytes_of("gone")));
        ASSERT_TRUE(kv.remove("c"));
    }
    KvStore kv{medium};
    const auto report = kv.open();
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->formatted);
    EXPECT_EQ(report->keys, 2u);
    EXPECT_EQ(report->torn + report->damaged, 0u);
    EXPECT_EQ(value_of(kv, "a"), "second, longer");
    EXPECT_EQ(value_of(kv, "b"), "");
    EXPECT_EQ(value_of(kv, "c"), "<no such key>");
}

TEST(KvStore, copies_what_fits_and_returns_the_whole_size) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("k", bytes_of(pattern(700, 0))));
    std::uint8_t buffer[10];
    EXPECT_EQ(kv.get("k", buffer), 700u);
    EXPECT_EQ(wasmbed::text_of(Bytes{buffer}), pattern(10, 0));
}

TEST(KvStore, rejects_bad_keys_and_values) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    EXPECT_EQ(kv.set("", {}).error(), KvError::BadKey);
    EXPECT_EQ(kv.set(std::string(KvStore::kKeyBytesMax + 1, 'k'), {}).error(), KvError::BadKey);
    EXPECT_TRUE(kv.set(std::string(KvStore::kKeyBytesMax, 'k'), {}));
    EXPECT_EQ(kv.set("k", bytes_of(std::string(kv.value_bytes_max() + 1, 'v'))).error(), KvError::TooLarge);
    EXPECT_TRUE(kv.set("k", bytes_of(std::string(kv.value_bytes_max(), 'v'))));
    EXPECT_TRUE(kv.remove("unknown"));
}

TEST(KvStore, reports_too_many_keys_and_still_replaces_known_ones) {
    hal::FakeStore medium{{256 * 1024, 4096, 8}};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    for (std::size_t i = 0; i < KvStore::kKeysMax; ++i) ASSERT_TRUE(kv.set("key" + std::to_string(i), bytes_of("v")));
    EXPECT_EQ(kv.set("one more", bytes_of("v")).error(), KvError::TooManyKeys);
    EXPECT_TRUE(kv.set("key7", bytes_of("new")));
    EXPECT_TRUE(kv.remove("key8"));
    EXPECT_TRUE(kv.set("one more", bytes_of("v")));
}

TEST(KvStore, a_new_key_being_streamed_holds_its_place_in_the_index) {
    hal::FakeStore medium{{256 * 1024, 4096, 8}};
    {
        KvStore kv{medium};
        ASSERT_TRUE(kv.open());
        for (std::size_t i = 0; i < KvStore::kKeysMax; ++i)
            ASSERT_TRUE(kv.set("key" + std::to_string(i), bytes_of("v")));
        EXPECT_EQ(kv.begin("m", 3).error(), KvError::TooManyKeys);
        ASSERT_TRUE(kv.begin("key1", 3));  // known: needs no place
        kv.abort();
        ASSERT_TRUE(kv.remove("key0"));
        ASSERT_TRUE(kv.begin("m", 3));
        EXPECT_EQ(kv.set("other", bytes_of("v")).error(), KvError::TooManyKeys);
        EXPECT_TRUE(kv.set("key2", bytes_of("new")));
        ASSERT_TRUE(kv.remove("key3"));
        ASSERT_TRUE(kv.set("other", bytes_of("v")));
        ASSERT_TRUE(kv.append(bytes_of("abc")));
        ASSERT_TRUE(kv.commit());
        EXPECT_EQ(kv.set("one more", bytes_of("v")).error(), KvError::TooManyKeys);
    }
    KvStore kv{medium};
    const auto report = kv.open();
    ASSERT_TRUE(report) << text_of(report.error());
    EXPECT_EQ(report->keys, KvStore::kKeysMax);
    EXPECT_EQ(report->torn, 1u);  // of the stream that was given up
    EXPECT_EQ(report->damaged, 0u);
    EXPECT_EQ(value_of(kv, "m"), "abc");
    EXPECT_EQ(value_of(kv, "other"), "v");
}

TEST(KvStore, opens_a_log_with_more_keys_than_it_takes) {
    constexpr std::uint32_t kUnit = 8;
    hal::FakeStore medium{{256 * 1024, 4096, kUnit}};
    std::uint32_t head = 0;
    {
        KvStore kv{medium};
        ASSERT_TRUE(kv.open());
        for (std::size_t i = 0; i < KvStore::kKeysMax; ++i)
            ASSERT_TRUE(kv.set("key" + std::to_string(i), bytes_of("v")));
        // The last of them, to find the place behind it.
        const Bytes log = medium.mapped(0, 32 * 1024);
        head = static_cast<std::uint32_t>(log.rend() - std::find_if(log.rbegin(), log.rend(), [](std::uint8_t byte) {
                                              return byte != hal::Store::kErased;
                                          }));
        head = (head + kUnit - 1) / kUnit * kUnit;
    }
    const RecordHeader header{1, false, 0};
    const RecordLayout layout = layout_of(header, kUnit);
    std::vector<std::uint8_t> record(layout.end, hal::Store::kErased);
    encode(header, bytes_of("x"), std::span<std::uint8_t, RecordHeader::kBytes>{record.data(), RecordHeader::kBytes});
    record[RecordHeader::kBytes] = 'x';
    encode(Trailer{0}, std::span<std::uint8_t, Trailer::kBytes>{record.data() + layout.trailer, Trailer::kBytes});
    ASSERT_TRUE(medium.program(head, record));

    KvStore kv{medium};
    const auto report = kv.open();
    ASSERT_TRUE(report) << text_of(report.error());
    EXPECT_EQ(report->keys, KvStore::kKeysMax);
    EXPECT_EQ(report->damaged, 1u);
    EXPECT_EQ(value_of(kv, "key127"), "v");
    EXPECT_EQ(value_of(kv, "x"), "<no such key>");
}

TEST(KvStore, collects_garbage_for_ever_and_wears_all_segments) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("steady", bytes_of(pattern(900, 3))));
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(kv.set("busy", bytes_of(pattern(300, i)))) << i;
    EXPECT_EQ(value_of(kv, "steady"), pattern(900, 3));
    EXPECT_EQ(value_of(kv, "busy"), pattern(300, 499));
    for (std::uint32_t offset = 0; offset < kSmall.size; offset += kSmall.erase_block)
        EXPECT_GT(medium.erase_count(offset), 5u);
}

TEST(KvStore, says_full_and_can_still_remove) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    int count = 0;
    for (;; ++count) {
        const auto stored = kv.set("k" + std::to_string(count), bytes_of(pattern(500, count)));
        if (stored) continue;
        EXPECT_EQ(stored.error(), KvError::Full);
        break;
    }
    EXPECT_GE(count, 12);
    for (int i = 0; i < count; ++i) EXPECT_EQ(value_of(kv, "k" + std::to_string(i)), pattern(500, i));
    ASSERT_TRUE(kv.remove("k0"));
    ASSERT_TRUE(kv.remove("k1"));
    const auto stored = kv.set("new", bytes_of(pattern(500, 0)));
    EXPECT_TRUE(stored) << text_of(stored.error());
}

TEST(KvStore, a_removed_key_stays_removed_over_garbage_collection) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("gone", bytes_of("x")));
    ASSERT_TRUE(kv.remove("gone"));
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(kv.set("busy", bytes_of(pattern(300, i))));
        KvStore after{medium};
        ASSERT_TRUE(after.open());
        ASSERT_EQ(value_of(after, "gone"), "<no such key>") << i;
    }
}

TEST(KvStore, streams_a_value_while_others_change) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("blob", bytes_of("old")));
    const std::string blob = pattern(1999, 5);
    ASSERT_TRUE(kv.begin("blob", 1999));
    EXPECT_EQ(kv.begin("other", 3).error(), KvError::Busy);
    EXPECT_EQ(kv.set("blob", bytes_of("x")).error(), KvError::Busy);
    std::size_t at = 0;
    for (std::size_t step = 1; at < blob.size(); ++step) {
        const std::size_t count = std::min(step * 3, blob.size() - at);
        ASSERT_TRUE(kv.append(bytes_of(std::string_view{blob}.substr(at, count))));
        ASSERT_TRUE(kv.set("small", bytes_of("s" + std::to_string(step))));
        at += count;
    }
    EXPECT_EQ(value_of(kv, "blob"), "old");
    EXPECT_EQ(kv.append(bytes_of("x")).error(), KvError::BadWrite);
    ASSERT_TRUE(kv.commit());
    EXPECT_EQ(value_of(kv, "blob"), blob);
    KvStore after{medium};
    ASSERT_TRUE(after.open());
    EXPECT_EQ(value_of(after, "blob"), blob);
}

TEST(KvStore, an_incomplete_stream_cannot_be_committed) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.begin("blob", 100));
    ASSERT_TRUE(kv.append(bytes_of(pattern(99, 0))));
    EXPECT_EQ(kv.commit().error(), KvError::BadWrite);
    EXPECT_EQ(value_of(kv, "blob"), "<no such key>");
    EXPECT_EQ(kv.commit().error(), KvError::BadWrite);
}

TEST(KvStore, a_flipped_byte_anywhere_loses_at_most_its_own_record) {
    const std::map<std::string, std::string> values{
        {"a", pattern(40, 1)}, {"b", pattern(33, 2)}, {"c", pattern(17, 3)}};
    for (std::uint32_t offset = 24; offset < 330; ++offset) {
        hal::FakeStore medium{kSmall};
        {
            KvStore kv{medium};
            ASSERT_TRUE(kv.open());
            for (const auto& [key, value] : values) ASSERT_TRUE(kv.set(key, bytes_of(value)));
        }
        medium.corrupt(offset, 0x10);
        KvStore kv{medium};
        ASSERT_TRUE(kv.open());
        int lost = 0;
        for (const auto& [key, value] : values) {
            const std::string found = value_of(kv, key);
            if (found != value) {
                EXPECT_TRUE(found == "<checksum does not match>" || found == "<no such key>") << found;
                ++lost;
            }
        }
        EXPECT_LE(lost, 1) << "at " << offset;
    }
}

TEST(KvStore, a_flipped_byte_of_a_value_is_reported_also_after_it_was_moved) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("k", bytes_of(pattern(100, 0))));
    medium.corrupt(24 + 32 + 50, 0x01);
    EXPECT_EQ(value_of(kv, "k"), "<checksum does not match>");
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(kv.set("busy", bytes_of(pattern(300, i))));
    EXPECT_EQ(value_of(kv, "k"), "<checksum does not match>");
    ASSERT_TRUE(kv.set("k", bytes_of("new")));
    EXPECT_EQ(value_of(kv, "k"), "new");
}

TEST(KvStore, finds_keys_by_prefix) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    for (const char* key : {"app/1", "app/2", "id/key", "app/3"}) ASSERT_TRUE(kv.set(key, bytes_of("v")));
    std::vector<std::string> found;
    std::size_t cursor = 0, size = 0;
    std::array<char, KvStore::kKeyBytesMax> key;
    while (kv.next(cursor, "app/", key, size)) found.emplace_back(key.data(), size);
    EXPECT_EQ(found, (std::vector<std::string>{"app/1", "app/2", "app/3"}));
}

TEST(KvStore, tells_a_failed_read_from_a_missing_key) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("a", bytes_of("v")));
    medium.cut_power_after(0);
    EXPECT_FALSE(medium.erase(kSmall.size - kSmall.erase_block, kSmall.erase_block));
    EXPECT_EQ(value_of(kv, "a"), "<storage device failed>");
    EXPECT_EQ(kv.size_of("a").error(), KvError::Device);
    EXPECT_EQ(kv.remove("a").error(), KvError::Device);
    EXPECT_EQ(value_of(kv, "b"), "<no such key>");
    medium.restore_power();
    EXPECT_EQ(value_of(kv, "a"), "v");
}

TEST(KvStore, reports_a_failing_medium) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("a", bytes_of("v")));
    medium.break_at(24 + 48 + 8);
    EXPECT_EQ(kv.set("b", bytes_of(pattern(100, 0))).error(), KvError::Device);
    EXPECT_EQ(value_of(kv, "a"), "v");
}

TEST(KvStore, garbage_collection_while_a_key_is_streamed_never_brings_its_old_value_back) {
    hal::FakeStore medium{kSmall};
    KvStore kv{medium};
    ASSERT_TRUE(kv.open());
    ASSERT_TRUE(kv.set("module", bytes_of(pattern(300, 1))));
    const std::string next = pattern(600, 2);
    ASSERT_TRUE(kv.begin("module", static_cast<std::uint32_t>(next.size())));
    ASSERT_TRUE(kv.append(bytes_of(next)));
    for (int i = 0; i < 12; ++i) ASSERT_TRUE(kv.set("other", bytes_of(pattern(1000, i))));  // goes round the medium
    const bool committed = kv.commit().has_value();
    const std::string now = value_of(kv, "module");
    EXPECT_EQ(now, committed ? next : pattern(300, 1));
    KvStore after{medium};
    ASSERT_TRUE(after.open());
    EXPECT_EQ(value_of(after, "module"), now) << "the next boot finds what this one had";
}

}  // namespace
}  // namespace wasmbed::store
