#include <algorithm>
#include <cstring>

#include "core/wasm/multi_memory_test_modules.hpp"
#include "core/wasm/snapshot.hpp"
#include "core/wasm/test_bench.hpp"

namespace wasmbed::wasm::test {
namespace {

constexpr Features kSeveral{.multiple_memories = true};
constexpr std::uint32_t kPage = 65536;

/// A module with several memories that is linked to nothing.
struct Several : Bench {
    explicit Several(Bytes wasm, const InstanceLimits& limits = {}) : Bench(wasm, Linker{}, limits, kSeveral) {}

    void call(std::string_view name, std::initializer_list<std::uint32_t> arguments) {
        EXPECT_TRUE(std::holds_alternative<Done>(run(name, arguments))) << name;
    }
    std::uint32_t word(std::uint32_t memory, std::uint32_t address) const {
        return instance->memory(memory).load<std::uint32_t>(address).value_or(0xdeadbeef);
    }
};

bool traps(const Outcome& outcome, TrapKind kind) {
    const Trap* trap = std::get_if<Trap>(&outcome);
    return trap != nullptr && trap->kind == kind;
}

LoadError refusal(Bytes wasm, Features features) {
    Room image(1 << 16), scratch(1 << 15);
    const auto module = translate(wasm, image.span(), scratch.span(), features);
    if (!module) return module.error();
    ADD_FAILURE() << "loaded";
    return {};
}

TEST(MultiMemory, second_memories_are_refused_unless_asked_for) {
    const LoadError error = refusal(kTwo, {});
    EXPECT_EQ(error.kind(), LoadErrorKind::kInvalid);
    EXPECT_STREQ(text_of(error.rule), "multiple memories");
    EXPECT_EQ(kTwo[error.offset - 2], 0);  // limits of the second, behind flags and pages of the first
    EXPECT_EQ(kTwo[error.offset - 1], 2);
    EXPECT_STREQ(text_of(refusal(kTaker, {}).rule), "multiple memories");
}

TEST(MultiMemory, every_load_and_store_does_to_the_second_memory_what_it_does_to_the_first) {
    Several bench(kAllAccesses);
    for (const std::uint32_t address : std::initializer_list<std::uint32_t>{0, 3, 100, 1000, kPage - 100}) {
        const std::uint64_t zero = result64(bench.run("zero", {address}));
        EXPECT_EQ(result64(bench.run("one", {address})), zero) << address;
    }
    const auto first = bench.instance->memory(0).at(0, kPage);
    const auto second = bench.instance->memory(1).at(0, kPage);
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(std::ranges::equal(*first, *second));
    EXPECT_NE(std::ranges::count(*first, 0), kPage);
    EXPECT_FALSE(bench.instance->memory(2).at(0, 1).has_value());
}

TEST(MultiMemory, bounds_are_those_of_the_memory_that_is_named) {
    Several bench(kTwo);
    EXPECT_EQ(result32(bench.run("load", {8})), 0x6d736177u);
    EXPECT_EQ(result32(bench.run("load_first", {8})), 0u);
    EXPECT_EQ(result32(bench.run("load", {kPage - 4})), 0u);
    for (const std::uint32_t address :
         std::initializer_list<std::uint32_t>{kPage - 3, kPage, 2 * kPage - 4, 0xffffffff}) {
        EXPECT_TRUE(traps(bench.run("load", {address}), TrapKind::kMemoryOutOfBounds)) << address;
        // The trap between the two changes of memory leaves nothing behind.
        EXPECT_EQ(result32(bench.run("load_first", {2 * kPage - 4})), 0u);
    }
    EXPECT_TRUE(traps(bench.run("far", {0}), TrapKind::kMemoryOutOfBounds));
    EXPECT_TRUE(traps(bench.run("far", {0xffffffff}), TrapKind::kMemoryOutOfBounds));
    EXPECT_EQ(result32(bench.run("grow", {1})), 1u);
    EXPECT_EQ(result32(bench.run("far", {0})), 0u);
}

TEST(MultiMemory, a_trap_is_found_at_its_instruction) {
    Several bench(kTwo);
    const Outcome outcome = bench.run("load", {kPage});
    const Trap* trap = std::get_if<Trap>(&outcome);
    ASSERT_NE(trap, nullptr);
    Room work(1 << 16);
    const auto at = locate(bench.instance->module(), trap->code_offset, work.span());
    ASSERT_TRUE(at.has_value());
    const std::uint8_t load[] = {0x28, 0x42, 0x01, 0x00};  // i32.load, alignment 2 with bit 6, memory 1, offset 0
    EXPECT_EQ(std::memcmp(kTwo + *at, load, sizeof load), 0);
}

TEST(MultiMemory, each_memory_has_its_own_size_and_maximum) {
    Several bench(kTwo);
    EXPECT_EQ(result32(bench.run("size", {})), 1u);
    EXPECT_EQ(result32(bench.run("grow", {2})), 0xffffffffu);
    EXPECT_EQ(result32(bench.run("grow", {1})), 1u);
    EXPECT_EQ(bench.instance->fuel_left(), 1'000'000 - 1 - static_cast<std::int32_t>(kPage / 64));
    EXPECT_EQ(result32(bench.run("size", {})), 2u);
    EXPECT_EQ(result32(bench.run("grow", {1})), 0xffffffffu);
    EXPECT_EQ(bench.instance->memory().size(), 2 * kPage);
    EXPECT_EQ(bench.instance->memory(1).size(), 2 * kPage);
}

TEST(MultiMemory, bulk_operations_work_in_and_between_memories) {
    Several bench(kTwo);
    bench.call("fill", {100, 0xab, 4});
    EXPECT_EQ(bench.word(1, 100), 0xababababu);
    EXPECT_EQ(bench.word(0, 100), 0u);
    bench.call("init", {200, 2, 4});
    EXPECT_EQ(bench.word(1, 200), 0x66656463u);
    bench.call("back", {12, 8, 4});
    EXPECT_EQ(bench.word(0, 12), 0x6d736177u);
    bench.call("there", {300, 12, 4});
    EXPECT_EQ(bench.word(1, 300), 0x6d736177u);
    bench.call("within", {301, 300, 4});
    EXPECT_EQ(bench.word(1, 301), 0x6d736177u);
    EXPECT_EQ(bench.instance->memory(1).at(300, 1)->front(), 'w');
}

TEST(MultiMemory, bulk_operations_are_checked_against_both_memories) {
    Several bench(kTwo);
    bench.call("there", {kPage - 4, 2 * kPage - 4, 4});
    EXPECT_TRUE(traps(bench.run("there", {kPage - 3, 0, 4}), TrapKind::kMemoryOutOfBounds));
    EXPECT_TRUE(traps(bench.run("there", {0, 2 * kPage - 3, 4}), TrapKind::kMemoryOutOfBounds));
    EXPECT_TRUE(traps(bench.run("back", {0, kPage - 3, 4}), TrapKind::kMemoryOutOfBounds));
    EXPECT_TRUE(traps(bench.run("fill", {kPage, 1, 1}), TrapKind::kMemoryOutOfBounds));
    EXPECT_TRUE(traps(bench.run("init", {kPage - 1, 0, 2}), TrapKind::kMemoryOutOfBounds));
    EXPECT_TRUE(traps(bench.run("init", {0, 7, 2}), TrapKind::kMemoryOutOfBounds));
    EXPECT_TRUE(traps(bench.run("within", {0, kPage - 1, 2}), TrapKind::kMemoryOutOfBounds));
    bench.call("fill", {kPage, 1, 0});
}

/// Memory 1 after a copy of 1,000 bytes out of a pattern in memory 0, and the fuel that took.
struct Copied {
    std::vector<std::uint8_t> bytes;
    std::int32_t fuel;
};
Copied copy_in_slices(std::int32_t slice, bool moving) {
    Several bench(kTwo);
    std::optional<Several> other;
    Bench* at = &bench;
    for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_TRUE(bench.instance->memory().store<std::uint8_t>(i, i * 7 & 0xff));
    const std::uint32_t arguments[] = {500, 0, 1000};
    EXPECT_TRUE(bench.instance->start("there", arguments).has_value());
    std::int32_t granted = 0;
    for (;;) {
        const Outcome outcome = at->instance->run(slice);
        granted += slice;
        if (std::holds_alternative<Done>(outcome)) break;
        if (!std::holds_alternative<OutOfFuel>(outcome)) {
            ADD_FAILURE() << "outcome " << outcome.index();
            break;
        }
        if (!moving || other) continue;
        std::vector<std::uint8_t> snapshot(static_cast<std::size_t>(snapshot_bytes(*at->instance)));
        EXPECT_TRUE(save_snapshot(*at->instance, snapshot).has_value());
        other.emplace(kTwo);
        EXPECT_TRUE(restore_snapshot(*other->instance, snapshot).has_value());
        at = &*other;
    }
    const auto bytes = at->instance->memory(1).at(0, 2000);
    return {{bytes->begin(), bytes->end()}, granted - at->instance->fuel_left()};
}

TEST(MultiMemory, copies_cut_into_slices_and_moved_by_snapshots_are_the_same) {
    const Copied whole = copy_in_slices(1000, false);
    EXPECT_EQ(whole.fuel, 1 + (1000 + 63) / 64);
    EXPECT_EQ(whole.bytes[501], 7);
    for (const std::int32_t slice : {1, 2, 5}) {
        for (const bool moving : {false, true}) {
            const Copied cut = copy_in_slices(slice, moving);
            EXPECT_EQ(cut.bytes, whole.bytes) << slice;
            EXPECT_EQ(cut.fuel, whole.fuel) << slice;
        }
    }
}

TEST(MultiMemory, memories_are_imported_and_exported_each_by_its_index) {
    Instance* registry[4] = {};
    InstanceLimits limits;
    limits.memory_bytes_max = 4 * kPage;
    Bench giver(kGiver, Linker{{}, {}, registry}, limits, kSeveral);
    const NamedInstance named[] = {{"giver", giver.instance}};
    Bench taker(kTaker, Linker{{}, named, registry}, limits, kSeveral);
    EXPECT_EQ(result32(taker.run("byte", {0})), 'l' | 's' << 8 | 'l' << 16);
    // The third is the first: what is written through one is read through the other, and both grow.
    EXPECT_TRUE(traps(taker.run("put", {2 * kPage}), TrapKind::kMemoryOutOfBounds));
    EXPECT_EQ(result32(taker.run("grow", {})), 2u);
    EXPECT_TRUE(std::holds_alternative<Done>(taker.run("put", {2 * kPage})));
    EXPECT_EQ(giver.instance->memory(1).at(2 * kPage, 1)->front(), 5);
    EXPECT_EQ(taker.instance->memory(2).size(), 3 * kPage);
    EXPECT_TRUE(std::holds_alternative<Done>(taker.run("copy", {})));
    EXPECT_EQ(std::memcmp(taker.instance->memory(3).at(0, 5)->data(), "small", 5), 0);
}

TEST(MultiMemory, a_segment_must_fit_its_own_memory) {
    Room image(1 << 16), scratch(1 << 15), arena(4 * kPage);
    const auto module = translate(kBigSegment, image.span(), scratch.span(), kSeveral);
    ASSERT_TRUE(module.has_value());
    const auto instance = Instance::create(*module, {}, arena.span(), {});
    ASSERT_FALSE(instance.has_value());
    EXPECT_EQ(instance.error().kind(), LinkErrorKind::kTrap);
    EXPECT_STREQ(text_of(instance.error().rule), "out of bounds memory access");
}

TEST(MultiMemory, limits_and_needs_count_all_memories) {
    Room image(1 << 16), scratch(1 << 15);
    const auto needs = measure(kTwo);
    ASSERT_TRUE(needs.has_value());
    const auto module = translate(kTwo, image.span().first(needs->image_bytes & ~3u),
                                  scratch.span().first(needs->scratch_bytes & ~3u), kSeveral);
    ASSERT_TRUE(module.has_value()) << text_of(module.error().rule);
    InstanceLimits limits;
    const std::uint64_t needed = Instance::bytes_needed(*module, limits);
    EXPECT_GE(needed, 3 * kPage);
    Room arena(static_cast<std::size_t>(needed));
    EXPECT_TRUE(Instance::create(*module, {}, arena.span(), limits).has_value());
    EXPECT_FALSE(Instance::create(*module, {}, arena.span().first(arena.span().size() - 8), limits).has_value());
    limits.memory_bytes_max = 3 * kPage - 1;
    EXPECT_EQ(Instance::create(*module, {}, arena.span(), limits).error().kind(), LinkErrorKind::kNoSpace);
    limits.memory_bytes_max = 3 * kPage;
    EXPECT_TRUE(Instance::create(*module, {}, arena.span(), limits).has_value());
}

TEST(MultiMemory, an_index_beyond_the_memories_is_refused) {
    const std::uint8_t load[] = {0x28, 0x42, 0x01, 0x00};
    const std::uint8_t size[] = {0x3f, 0x01};
    const std::uint8_t copy[] = {0xfc, 0x0a, 0x01, 0x00};
    for (const Bytes instruction : {Bytes(load), Bytes(size), Bytes(copy)}) {
        std::vector<std::uint8_t> changed(std::begin(kTwo), std::end(kTwo));
        const auto found = std::ranges::search(changed, instruction);
        ASSERT_FALSE(found.empty());
        const auto at = static_cast<std::uint32_t>(found.begin() - changed.begin());
        std::ranges::replace(found, 1, 2);
        const LoadError error = refusal(changed, kSeveral);
        EXPECT_STREQ(text_of(error.rule), "unknown memory");
        EXPECT_EQ(error.index, 2u);
        EXPECT_EQ(error.offset, at);
    }
}

}  // namespace
}  // namespace wasmbed::wasm::test
