#include "core/wasm/instance.hpp"

#include "core/wasm/ops.hpp"
#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_modules.hpp"

namespace wasmbed::wasm::test {
namespace {

constexpr std::uint8_t kTwoI32[] = {0x7f, 0x7f};
constexpr std::uint8_t kOneI32[] = {0x7f};

HostResult add(void* calls, HostCall& call) {
    ++*static_cast<int*>(calls);
    call.set_u32(0, call.u32(0) + call.u32(1));
    return HostResult::done();
}
HostResult suspend(void*, HostCall&) {
    return HostResult::suspend();
}
HostResult refuse(void*, HostCall&) {
    return HostResult::trap(77);
}

HostFunction host(HostResult (*function)(void*, HostCall&), void* context = nullptr) {
    return {"env", "add", {kTwoI32, kOneI32}, function, context};
}

TEST(Instance, returns_the_result_of_a_call) {
    Bench bench(kFactorial);
    EXPECT_EQ(result64(bench.run("fac", {20, 0})), 2432902008176640000u);
}

#if WASMBED_WASM_FLOATS
TEST(Instance, keeps_operands_over_a_conversion_to_64_bits) {
    Bench bench(kConvertsAmongOperands);
    constexpr std::uint32_t kSevenHigh = 0x401c0000;  // 7.0
    EXPECT_EQ(result32(bench.run("run", {5, 0, kSevenHigh})), 10u);
    EXPECT_EQ(result32(bench.run("run", {5, 0, 0})), 11u);
}
#endif

TEST(Instance, calls_host_functions) {
    int calls = 0;
    const HostFunction functions[] = {host(add, &calls)};
    Bench bench(kHostCall, functions);
    EXPECT_EQ(result32(bench.run("run", {5})), (5 + 1) + (5 + 2) * 10u);
    EXPECT_EQ(calls, 2);
}

TEST(Instance, goes_on_behind_a_suspended_host_call_with_its_results) {
    const HostFunction functions[] = {host(suspend)};
    Bench bench(kHostCall, functions);
    ASSERT_TRUE(std::holds_alternative<Suspended>(bench.run("run", {5})));
    EXPECT_TRUE(std::holds_alternative<Suspended>(bench.instance->run(100)));  // still waiting
    EXPECT_FALSE(bench.instance->complete({}));
    const std::uint32_t first[] = {100};
    ASSERT_TRUE(bench.instance->complete(first));
    ASSERT_TRUE(std::holds_alternative<Suspended>(bench.instance->run(100)));
    const std::uint32_t second[] = {7};
    ASSERT_TRUE(bench.instance->complete(second));
    EXPECT_EQ(result32(bench.instance->run(100)), 170u);
    EXPECT_FALSE(bench.instance->complete(second));
}

TEST(Instance, traps_with_the_host_functions_code) {
    const HostFunction functions[] = {host(refuse)};
    Bench bench(kHostCall, functions);
    const Outcome outcome = bench.run("run", {5});
    ASSERT_TRUE(std::holds_alternative<Trap>(outcome));
    EXPECT_EQ(std::get<Trap>(outcome).kind, TrapKind::kHost);
    EXPECT_EQ(std::get<Trap>(outcome).host_code, 77u);
    EXPECT_EQ(std::get<Trap>(outcome).function, 1u);
    EXPECT_FALSE(bench.instance->busy());
}

TEST(Instance, refuses_unknown_and_mistyped_imports) {
    Room image(1 << 16), scratch(1 << 15), arena(1 << 16);
    const auto module = translate(kHostCall, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value());
    const auto unknown = Instance::create(*module, {}, arena.span(), {});
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().kind(), LinkErrorKind::kUnknownImport);
    const HostFunction wrong[] = {{"env", "add", {kOneI32, kOneI32}, suspend, nullptr}};
    const auto mistyped = Instance::create(*module, {wrong, {}, {}}, arena.span(), {});
    ASSERT_FALSE(mistyped.has_value());
    EXPECT_EQ(mistyped.error().kind(), LinkErrorKind::kIncompatibleType);
}

TEST(Instance, resumed_after_any_slice_ends_as_if_never_interrupted) {
    Bench whole(kMixed);
    const std::uint64_t expected = result64(whole.run("run", {40}));
    const std::int32_t spent = 1'000'000 - whole.instance->fuel_left();
    for (std::int32_t slice = 1; slice <= spent; ++slice) {
        Bench bench(kMixed);
        Outcome outcome = bench.run("run", {40}, slice);
        std::int32_t granted = slice;
        while (std::holds_alternative<OutOfFuel>(outcome)) {
            outcome = bench.instance->run(slice);
            granted += slice;
        }
        ASSERT_EQ(result64(outcome), expected) << slice;
        ASSERT_EQ(granted - bench.instance->fuel_left(), spent) << slice;
    }
}

TEST(Instance, stops_an_endless_loop_when_the_fuel_ends) {
    Bench bench(kTraps);
    EXPECT_TRUE(std::holds_alternative<OutOfFuel>(bench.run("endless", {}, 1000)));
    EXPECT_TRUE(std::holds_alternative<OutOfFuel>(bench.instance->run(1000)));
    EXPECT_EQ(bench.instance->start("endless", {}).error(), StartError::kBusy);
    bench.instance->abandon();
    EXPECT_TRUE(bench.instance->start("endless", {}).has_value());
}

TEST(Instance, finds_the_instruction_that_trapped) {
    const auto opcode = [](Bytes wasm, std::string_view name, std::initializer_list<std::uint32_t> arguments) {
        Bench bench(wasm);
        const Outcome outcome = bench.run(name, arguments);
        const Trap* trap = std::get_if<Trap>(&outcome);
        if (trap == nullptr) return -1;
        Room work(1 << 15);
        const auto at = locate(bench.instance->module(), trap->code_offset, work.span());
        return at ? int{wasm[*at]} : -1;
    };
    EXPECT_EQ(opcode(kTraps, "divide", {1, 0}), 0x6d);
    EXPECT_EQ(opcode(kTraps, "unreachable", {}), 0x00);
    EXPECT_EQ(opcode(kTraps, "recurse", {}), 0x10);
    EXPECT_EQ(opcode(kMemory, "load", {65536}), 0x28);
}

TEST(Instance, finds_no_instruction_without_room) {
    Bench bench(kTraps);
    const Outcome outcome = bench.run("unreachable", {});
    Room work(64);
    EXPECT_FALSE(locate(bench.instance->module(), std::get<Trap>(outcome).code_offset, work.span()));
}

TEST(Instance, names_the_trap_and_its_function) {
    Bench bench(kTraps);
    const auto kind = [&](std::string_view name, std::initializer_list<std::uint32_t> arguments) {
        const Outcome outcome = bench.run(name, arguments);
        EXPECT_TRUE(std::holds_alternative<Trap>(outcome)) << name;
        return std::get<Trap>(outcome);
    };
    EXPECT_EQ(kind("divide", {1, 0}).kind, TrapKind::kIntegerDivideByZero);
    EXPECT_EQ(kind("divide", {0x80000000, 0xffffffff}).kind, TrapKind::kIntegerOverflow);
    EXPECT_EQ(kind("unreachable", {}).kind, TrapKind::kUnreachable);
    EXPECT_EQ(kind("unreachable", {}).function, 1u);
    EXPECT_EQ(kind("recurse", {}).kind, TrapKind::kStackExhausted);
    EXPECT_EQ(result32(bench.run("divide", {7, 2})), 3u);  // usable after traps
}

TEST(Instance, rotates_right_by_the_least_integer) {
    Bench bench(kRotate);
    EXPECT_EQ(result32(bench.run("run", {0x80000001})), 0x80000001u);
}

TEST(Instance, an_operand_keeps_the_value_that_its_local_had) {
    Bench bench(kOlderOperand);
    EXPECT_EQ(result64(bench.run("run", {})), 1000u);
}

TEST(Instance, a_result_that_went_to_a_local_too_stays_when_the_local_changes) {
    Bench bench(kTeed);
    EXPECT_EQ(result64(bench.run("call", {})), 107u);
    EXPECT_EQ(result32(bench.run("block", {1})), 101u);
    EXPECT_EQ(result32(bench.run("block", {0})), 102u);
}

TEST(Instance, constants_are_not_taken_for_slots) {
    Bench bench(kFarConstants);
    const std::size_t bytes = bench.instance->module().image().size();
    EXPECT_EQ(result32(bench.run("load", {})), 0u);
    EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("trap", {})));
    EXPECT_EQ(result32(bench.run("store", {})), 300u);
    EXPECT_LT(bytes, sizeof(kFarConstants) + 160);  // no function became wide
}

TEST(Instance, stack_use_stays_within_its_limit) {
    for (std::uint32_t bytes : {0u, 4u, 8u, 24u, 32u, 64u, 4096u}) {
        InstanceLimits limits;
        limits.stack_bytes = bytes;
        Bench bench(kTraps, {}, limits);
        const Outcome outcome = bench.run("recurse", {});
        ASSERT_TRUE(std::holds_alternative<Trap>(outcome));
        EXPECT_EQ(std::get<Trap>(outcome).kind, TrapKind::kStackExhausted);
    }
}

TEST(Instance, checks_every_byte_of_an_access) {
    Bench bench(kMemory);
    EXPECT_EQ(result32(bench.run("load", {8})), 0x6d736177u);
    EXPECT_EQ(result32(bench.run("load", {65532})), 0u);
    for (std::uint32_t address : {65533u, 65536u, 0x7fffffffu, 0x80000000u, 0xfffffffcu, 0xffffffffu}) {
        EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("load", {address}))) << address;
    }
    for (std::uint32_t address : {0u, 1u, 2u, 0xffffffffu}) {  // the sum must not wrap
        EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("load_far", {address}))) << address;
    }
}

TEST(Instance, pays_for_the_memory_that_growing_clears) {
    InstanceLimits limits;
    limits.memory_bytes_max = 2 * 65536;
    Bench bench(kMemory, {}, limits);
    EXPECT_EQ(result32(bench.run("grow", {1}, 5000)), 1u);
    EXPECT_EQ(bench.instance->fuel_left(), 5000 - 1 - 65536 / 64);
    EXPECT_EQ(result32(bench.run("grow", {1}, 5000)), 0xffffffffu);
    EXPECT_EQ(bench.instance->fuel_left(), 5000 - 1);
}

TEST(Instance, grows_memory_up_to_the_embedders_limit) {
    InstanceLimits limits;
    limits.memory_bytes_max = 3 * 65536;
    Bench bench(kMemory, {}, limits);
    EXPECT_EQ(result32(bench.run("grow", {1})), 1u);
    EXPECT_EQ(result32(bench.run("grow", {2})), 0xffffffffu);
    EXPECT_EQ(result32(bench.run("grow", {0xffffffff})), 0xffffffffu);
    EXPECT_EQ(result32(bench.run("grow", {1})), 2u);
    EXPECT_EQ(bench.instance->memory().size(), 3u * 65536);
    EXPECT_EQ(result32(bench.run("load", {3 * 65536 - 4})), 0u);
}

TEST(Instance, refuses_an_arena_that_is_too_small) {
    Room image(1 << 16), scratch(1 << 15), arena(1 << 18);
    const auto module = translate(kMemory, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value());
    const auto needed = static_cast<std::size_t>(Instance::bytes_needed(*module, {}));
    const auto tight = Instance::create(*module, {}, arena.span().first(needed - 1), {});
    ASSERT_FALSE(tight.has_value());
    EXPECT_EQ(tight.error().kind(), LinkErrorKind::kNoSpace);
    EXPECT_EQ(tight.error().bytes_needed, needed);
    EXPECT_TRUE(Instance::create(*module, {}, arena.span().first(needed), {}).has_value());
}

TEST(Instance, a_bulk_operation_can_stop_inside) {
    Bench bench(kMemory);
    ASSERT_TRUE(std::holds_alternative<OutOfFuel>(bench.run("fill", {100, 0xab, 1000}, 3)));
    Outcome outcome = OutOfFuel{};
    int slices = 1;
    for (; std::holds_alternative<OutOfFuel>(outcome); ++slices) outcome = bench.instance->run(1);
    EXPECT_TRUE(std::holds_alternative<Done>(outcome));
    EXPECT_GT(slices, 10);
    const GuestMemory memory = bench.instance->memory();
    EXPECT_EQ(*memory.load<std::uint8_t>(99), 0);
    for (std::uint32_t i = 100; i < 1100; ++i) ASSERT_EQ(*memory.load<std::uint8_t>(i), 0xab) << i;
    EXPECT_EQ(*memory.load<std::uint8_t>(1100), 0);
}

TEST(Instance, copies_overlapping_ranges_in_slices) {
    for (const auto& [to, from] : {std::pair{300u, 250u}, std::pair{250u, 300u}}) {
        Bench bench(kMemory);
        std::uint8_t expected[1024];
        const GuestMemory memory = bench.instance->memory();
        for (std::uint32_t i = 0; i < sizeof expected; ++i) {
            ASSERT_TRUE(memory.store<std::uint8_t>(i, static_cast<std::uint8_t>(i * 7)));
            expected[i] = static_cast<std::uint8_t>(i * 7);
        }
        std::memmove(expected + to, expected + from, 500);
        Outcome outcome = bench.run("copy", {to, from, 500}, 2);
        while (std::holds_alternative<OutOfFuel>(outcome)) outcome = bench.instance->run(1);
        for (std::uint32_t i = 0; i < sizeof expected; ++i) ASSERT_EQ(*memory.load<std::uint8_t>(i), expected[i]) << i;
    }
}

}  // namespace
}  // namespace wasmbed::wasm::test
