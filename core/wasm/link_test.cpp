// Instances that share functions, memories, tables and globals, and what is left of one that could not be made.
#include <algorithm>

#include "core/wasm/host_binding.hpp"
#include "core/wasm/link_test_modules.hpp"
#include "core/wasm/test_bench.hpp"

namespace wasmbed::wasm::test {
namespace {

enum class Answer { kSum, kTrap, kSuspend };

HostReturn<std::int32_t> add(Answer& how, std::int32_t x, std::int32_t y) {
    if (how == Answer::kTrap) return HostReturn<std::int32_t>::trap(77);
    if (how == Answer::kSuspend) return HostReturn<std::int32_t>::suspend();
    return x + y;
}

InstanceLimits limits_of(std::uint32_t stack_bytes = 2048) {
    InstanceLimits limits;
    limits.stack_bytes = stack_bytes;
    limits.table_entries_max = 8;
    return limits;
}

/// The instance that exports.
struct Giver {
    Answer how;
    Instance* registry[3] = {};
    const HostFunction host[1] = {bind<add>("env", "add", how)};
    Bench bench{kLinkGiver, Linker{host, {}, registry}, limits_of(), {}};
    const NamedInstance named[1] = {{"giver", bench.instance}};

    explicit Giver(Answer answer = Answer::kSum) : how(answer) {}
    Linker linker() { return {{}, named, registry}; }

    /// Nothing that an instance writes when it is made is there.
    void expect_untouched() {
        EXPECT_EQ(registry[1], nullptr);
        EXPECT_EQ(result32(bench.run("load", {100})), 0u);
        EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("indirect", {1, 7}))) << "an element was written";
    }
};

/// Both.
struct Pair : Giver {
    Bench taker{kLinkTaker, linker(), limits_of(), {}};
    explicit Pair(Answer answer = Answer::kSum) : Giver(answer) {}
};

TEST(Link, a_memory_is_one_for_all_who_import_it) {
    Pair pair;
    EXPECT_EQ(result32(pair.bench.run("load", {100})), 0x68746f62u) << "the importer's segment";
    EXPECT_TRUE(std::holds_alternative<Done>(pair.taker.run("store", {8, 1234})));
    EXPECT_EQ(result32(pair.bench.run("load", {8})), 1234u);
    EXPECT_TRUE(std::holds_alternative<Trap>(pair.bench.run("load", {65536})));
    EXPECT_EQ(result32(pair.taker.run("grow", {})), 1u);
    EXPECT_EQ(result32(pair.bench.run("load", {65536})), 0u) << "grown for both";
    EXPECT_EQ(pair.bench.instance->memory().size(), pair.taker.instance->memory().size());
}

TEST(Link, a_table_is_one_for_all_who_import_it) {
    Pair pair;
    EXPECT_EQ(result32(pair.bench.run("indirect", {0, 7})), 14u);
    EXPECT_EQ(result32(pair.bench.run("indirect", {1, 7})), 21u) << "a function of the importer";
    EXPECT_EQ(result32(pair.taker.run("grow_table", {})), 2u);
    EXPECT_EQ(result32(pair.bench.run("entries", {})), 5u);
}

TEST(Link, a_variable_is_one_for_all_who_import_it) {
    Pair pair;
    EXPECT_EQ(result32(pair.taker.run("count", {})), 6u);
    EXPECT_EQ(pair.bench.instance->global("counter"), 6u);
}

TEST(Link, calls_through_several_instances_reach_the_host_and_come_back) {
    Pair pair;
    EXPECT_EQ(result32(pair.taker.run("sum", {10})), 20u + 11u);
}

TEST(Link, a_call_through_several_instances_can_be_cut_anywhere) {
    Pair whole;
    const std::uint32_t expected = result32(whole.taker.run("sum", {10}, 100));
    const std::int32_t spent = 100 - whole.taker.instance->fuel_left();
    EXPECT_GT(spent, 3);
    for (std::int32_t first = 0; first < spent; ++first) {
        Pair cut;
        ASSERT_TRUE(std::holds_alternative<OutOfFuel>(cut.taker.run("sum", {10}, first))) << first;
        ASSERT_EQ(result32(cut.taker.instance->run(100)), expected) << first;
        ASSERT_EQ(first + 100 - cut.taker.instance->fuel_left(), spent) << first;
    }
}

TEST(Link, a_host_functions_trap_ends_the_outermost_call) {
    Pair pair(Answer::kTrap);
    const Outcome outcome = pair.taker.run("sum", {10});
    const Trap* trap = std::get_if<Trap>(&outcome);
    ASSERT_NE(trap, nullptr);
    EXPECT_EQ(trap->kind, TrapKind::kHost);
    EXPECT_EQ(trap->host_code, 77u);
    EXPECT_EQ(trap->instance, pair.bench.instance) << "whose function called the host";
    EXPECT_FALSE(pair.taker.instance->busy());
}

TEST(Link, a_suspended_host_function_is_answered_at_the_outermost_call) {
    Pair pair(Answer::kSuspend);
    ASSERT_TRUE(std::holds_alternative<Suspended>(pair.taker.run("sum", {10})));
    EXPECT_EQ(result32(pair.bench.run("load", {100})), 0x68746f62u) << "others run meanwhile";
    const std::uint32_t answer[] = {1000};
    EXPECT_FALSE(pair.bench.instance->complete(answer));
    ASSERT_TRUE(pair.taker.instance->complete(answer));
    EXPECT_EQ(result32(pair.taker.instance->run(100)), 1020u);
}

TEST(Link, every_arena_that_is_too_small_is_refused_and_nothing_of_the_instance_stays) {
    Giver giver;
    Room image(1 << 12), scratch(1 << 14), arena(1 << 13);
    const auto module = translate(kLinkTaker, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value());
    const auto needed = static_cast<std::size_t>(Instance::bytes_needed(*module, limits_of(256)));
    ASSERT_LT(needed, arena.span().size());
    for (std::size_t bytes = 0; bytes < needed; ++bytes) {
        std::ranges::fill(arena.span(), std::uint8_t{0x5a});
        const auto tight = Instance::create(*module, giver.linker(), arena.span().first(bytes), limits_of(256));
        ASSERT_FALSE(tight.has_value()) << bytes;
        ASSERT_EQ(tight.error().kind(), LinkErrorKind::kNoSpace) << bytes;
        ASSERT_EQ(tight.error().bytes_needed, needed) << bytes;
        ASSERT_EQ(std::ranges::count(arena.span(), 0x5a), static_cast<std::ptrdiff_t>(arena.span().size())) << bytes;
    }
    giver.expect_untouched();
    EXPECT_TRUE(Instance::create(*module, giver.linker(), arena.span().first(needed), limits_of(256)).has_value());
    EXPECT_EQ(arena.span()[needed], 0x5a) << "written beyond the arena";
    EXPECT_EQ(result32(giver.bench.run("indirect", {1, 7})), 21u);
}

TEST(Link, an_import_that_does_not_match_is_named_and_nothing_of_the_instance_stays) {
    // What the importer wants, changed in one byte: so far behind the last letter of the import's name, which is at 0.
    struct Change {
        std::string_view name;
        unsigned byte;
        std::uint8_t value;
        LinkErrorKind kind;
    };
    const Change changes[] = {
        {"memory", 3, 2, LinkErrorKind::kIncompatibleType},  // two pages at least
        {"table", 4, 9, LinkErrorKind::kIncompatibleType},   // nine entries at least
        {"counter", 0, 'x', LinkErrorKind::kUnknownImport}, {"twice", 0, 'x', LinkErrorKind::kUnknownImport},
        {"add", 0, 'x', LinkErrorKind::kUnknownImport},
    };
    std::uint32_t import = 0;
    for (const Change& change : changes) {
        Giver giver;
        std::vector<std::uint8_t> wasm(std::begin(kLinkTaker), std::end(kLinkTaker));
        const auto found = std::ranges::search(wasm, change.name);
        found.end()[static_cast<int>(change.byte) - 1] = change.value;
        Room image(1 << 12), scratch(1 << 14), arena(1 << 13);
        const auto module = translate(wasm, image.span(), scratch.span());
        ASSERT_TRUE(module.has_value()) << change.name << ": " << text_of(module.error().rule);
        const auto created = Instance::create(*module, giver.linker(), arena.span(), limits_of(256));
        ASSERT_FALSE(created.has_value()) << change.name;
        EXPECT_EQ(created.error().kind(), change.kind) << change.name;
        EXPECT_EQ(created.error().index, import++) << change.name;
        giver.expect_untouched();
    }
}

TEST(Link, a_full_registry_is_an_error_and_nothing_of_the_instance_stays) {
    Giver giver;
    Room image(1 << 12), scratch(1 << 14), arena(1 << 13);
    const auto module = translate(kLinkTaker, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value());
    Linker linker = giver.linker();
    linker.registry = std::span(giver.registry).first(1);
    const auto created = Instance::create(*module, linker, arena.span(), limits_of(256));
    ASSERT_FALSE(created.has_value());
    EXPECT_EQ(created.error().kind(), LinkErrorKind::kNoSpace);
    EXPECT_STREQ(text_of(created.error().rule), "registry full");
    giver.expect_untouched();
}

}  // namespace
}  // namespace wasmbed::wasm::test
