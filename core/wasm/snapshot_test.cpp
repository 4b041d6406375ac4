#include "core/wasm/snapshot.hpp"

#include <cstring>
#include <random>

#include "core/base/crc32.hpp"
#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_modules.hpp"

namespace wasmbed::wasm::test {
namespace {

std::vector<std::uint8_t> saved(const Instance& instance) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(snapshot_bytes(instance)));
    const auto written = save_snapshot(instance, bytes);
    EXPECT_TRUE(written.has_value() && *written == bytes.size());
    return bytes;
}

/// Makes the checksum right again, as whoever forges a snapshot would.
void seal(std::vector<std::uint8_t>& snapshot) {
    const std::uint32_t crc = crc32(Bytes{snapshot}.subspan(8));
    std::memcpy(snapshot.data() + 4, &crc, sizeof crc);
}

HostResult suspend(void*, HostCall&) {
    return HostResult::suspend();
}
constexpr std::uint8_t kTwoI32[] = {0x7f, 0x7f};
const HostFunction kSuspending[] = {{"env", "add", {kTwoI32, Bytes{kTwoI32}.first(1)}, suspend, nullptr}};

TEST(Snapshot, a_call_goes_on_in_another_instance_wherever_it_was_stopped) {
    Bench whole(kMixed);
    const std::uint64_t expected = result64(whole.run("run", {40}));
    const std::int32_t spent = 1'000'000 - whole.instance->fuel_left();
    for (std::int32_t first = 0; first <= spent; ++first) {
        Bench before(kMixed);
        const Outcome outcome = before.run("run", {40}, first);
        if (!std::holds_alternative<OutOfFuel>(outcome)) continue;
        Bench after(kMixed);
        ASSERT_TRUE(restore_snapshot(*after.instance, saved(*before.instance)).has_value()) << first;
        ASSERT_EQ(result64(after.instance->run(1'000'000)), expected) << first;
        ASSERT_EQ(first + 1'000'000 - after.instance->fuel_left(), spent) << first;
    }
}

TEST(Snapshot, every_suspension_point_is_an_instruction_of_its_function) {
    Bench bench(kMixed);
    Room work(1 << 16);
    (void)bench.run("run", {40}, 1);
    for (int i = 0; bench.instance->busy(); ++i) {
        const auto point = suspension_point(*bench.instance);
        ASSERT_TRUE(point.has_value()) << i;
        ASSERT_LT(point->function, bench.instance->module().function_count());
        ASSERT_TRUE(locate(bench.instance->module(), point->code_offset, work.span()).has_value()) << i;
        (void)bench.instance->run(1);
    }
    EXPECT_FALSE(suspension_point(*bench.instance).has_value());
}

TEST(Snapshot, a_suspended_host_call_is_answered_in_another_instance) {
    Bench before(kHostCall, kSuspending);
    ASSERT_TRUE(std::holds_alternative<Suspended>(before.run("run", {7})));
    const std::vector<std::uint8_t> first = saved(*before.instance);
    Bench between(kHostCall, kSuspending);
    ASSERT_TRUE(restore_snapshot(*between.instance, first).has_value());
    const std::uint32_t five[] = {5};
    ASSERT_TRUE(between.instance->complete(five));
    Bench after(kHostCall, kSuspending);
    ASSERT_TRUE(restore_snapshot(*after.instance, saved(*between.instance)).has_value());
    ASSERT_TRUE(std::holds_alternative<Suspended>(after.instance->run(1000)));
    ASSERT_TRUE(after.instance->complete(five));
    EXPECT_EQ(result32(after.instance->run(1000)), 55u);
}

TEST(Snapshot, a_host_call_from_outside_is_answered_in_another_instance) {
    Bench before(kHostCall, kSuspending);
    const std::uint32_t arguments[] = {1, 2};
    ASSERT_TRUE(before.instance->start(0, arguments).has_value());
    ASSERT_TRUE(std::holds_alternative<Suspended>(before.instance->run(1000)));
    Bench after(kHostCall, kSuspending);
    ASSERT_TRUE(restore_snapshot(*after.instance, saved(*before.instance)).has_value());
    const std::uint32_t five[] = {5};
    ASSERT_TRUE(after.instance->complete(five));
    EXPECT_EQ(result32(after.instance->run(1000)), 5u);
}

TEST(Snapshot, memory_that_has_grown_comes_back) {
    InstanceLimits limits;
    limits.memory_bytes_max = 3 * 65536;
    Bench before(kMemory, {}, limits);
    ASSERT_EQ(result32(before.run("grow", {1})), 1u);
    ASSERT_TRUE(before.instance->memory().store<std::uint32_t>(65536 + 12, 0xabcd));
    const std::vector<std::uint8_t> bytes = saved(*before.instance);
    Bench after(kMemory, {}, limits);
    ASSERT_TRUE(restore_snapshot(*after.instance, bytes).has_value());
    EXPECT_EQ(result32(after.run("load", {65536 + 12})), 0xabcdu);

    limits.memory_bytes_max = 65536;
    Bench small(kMemory, {}, limits);
    const auto refused = restore_snapshot(*small.instance, bytes);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, SnapshotErrorKind::kTooSmall);
    EXPECT_EQ(result32(small.run("load", {8})), 0x6d736177u);
}

TEST(Snapshot, says_how_much_room_it_needs) {
    Bench bench(kMixed);
    (void)bench.run("run", {40}, 20);
    std::vector<std::uint8_t> small(100);
    const auto written = save_snapshot(*bench.instance, small);
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind, SnapshotErrorKind::kNoSpace);
    EXPECT_EQ(written.error().bytes_needed, snapshot_bytes(*bench.instance));
}

TEST(Snapshot, refuses_another_module_and_a_busy_instance) {
    Bench bench(kMixed);
    (void)bench.run("run", {40}, 20);
    const std::vector<std::uint8_t> bytes = saved(*bench.instance);
    Bench other(kMemory);
    EXPECT_EQ(restore_snapshot(*other.instance, bytes).error().kind, SnapshotErrorKind::kOtherModule);
    EXPECT_EQ(restore_snapshot(*bench.instance, bytes).error().kind, SnapshotErrorKind::kBusy);
}

TEST(Snapshot, refuses_bytes_that_changed_or_are_missing) {
    Bench bench(kFactorial);
    (void)bench.run("fac", {20, 0}, 9);
    const std::vector<std::uint8_t> bytes = saved(*bench.instance);
    Bench after(kFactorial);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::vector<std::uint8_t> changed = bytes;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        ASSERT_FALSE(restore_snapshot(*after.instance, changed).has_value()) << bit;
    }
    for (std::size_t length = 0; length < bytes.size(); ++length)
        ASSERT_FALSE(restore_snapshot(*after.instance, Bytes{bytes}.first(length)).has_value()) << length;
    EXPECT_EQ(result64(after.run("fac", {5, 0})), 120u);
    ASSERT_TRUE(restore_snapshot(*after.instance, bytes).has_value());
    EXPECT_EQ(result64(after.instance->run(1000)), 2432902008176640000u);
}

TEST(Snapshot, forged_frames_are_refused_or_stay_within_the_stack) {
    InstanceLimits limits;
    limits.stack_bytes = 1024;
    Bench bench(kFactorial, {}, limits);
    (void)bench.run("fac", {9, 0}, 6);
    const std::vector<std::uint8_t> bytes = saved(*bench.instance);
    std::mt19937 random(1);
    int taken = 0;
    for (int i = 0; i < 2'000; ++i) {
        std::vector<std::uint8_t> forged = bytes;
        for (unsigned changes = 1 + random() % 3; changes > 0; --changes) {
            const std::uint32_t value = random() % 3 == 0 ? random() : random() % 300;
            std::memcpy(forged.data() + 4 * (random() % (forged.size() / 4)), &value, sizeof value);
        }
        seal(forged);
        Bench victim(kFactorial, {}, limits);
        if (!restore_snapshot(*victim.instance, forged)) continue;
        ++taken;
        (void)victim.instance->run(100);
    }
    EXPECT_GT(taken, 20);
}

}  // namespace
}  // namespace wasmbed::wasm::test
