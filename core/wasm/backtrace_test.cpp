#include "core/wasm/backtrace.hpp"

#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_modules.hpp"

namespace wasmbed::wasm::test {
namespace {

HostResult suspend(void*, HostCall&) {
    return HostResult::suspend();
}
HostResult pass(void*, HostCall&) {
    return HostResult::done();
}
HostFunction wait(HostResult (*function)(void*, HostCall&)) {
    return {"env", "wait", {}, function, nullptr};
}

/// Function and byte of each frame, innermost first.
using Places = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
Places places(const Instance& instance) {
    Frame frames[64];
    const std::uint32_t count = backtrace(instance, frames);
    Places result;
    Room work(1 << 16);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto at = locate(frames[i].instance->module(), frames[i].code_offset, work.span());
        result.push_back({frames[i].function, at.value_or(0)});
    }
    return result;
}

// Bytes of kNested: top calls middle at 0x4e, middle calls bottom at 0x5c, bottom calls wait at 0x61 and divides at
// 0x6a.
const Places kInBottom = {{3, 0x6a}, {2, 0x5c}, {1, 0x4e}};
const Places kInWait = {{3, 0x61}, {2, 0x5c}, {1, 0x4e}};

TEST(Backtrace, leads_from_a_trap_to_the_outermost_call) {
    const HostFunction functions[] = {wait(pass)};
    Bench bench(kNested, functions);
    ASSERT_TRUE(std::holds_alternative<Trap>(bench.run("top", {0, 0, 5})));
    EXPECT_EQ(places(*bench.instance), kInBottom);
}

TEST(Backtrace, leads_from_a_suspended_host_call_too) {
    const HostFunction functions[] = {wait(suspend)};
    Bench bench(kNested, functions);
    ASSERT_TRUE(std::holds_alternative<Suspended>(bench.run("top", {0, 0, 5})));
    EXPECT_EQ(places(*bench.instance), kInWait);
    ASSERT_TRUE(bench.instance->complete({}));
    ASSERT_TRUE(std::holds_alternative<Trap>(bench.instance->run(100)));
    EXPECT_EQ(places(*bench.instance), kInBottom);
}

TEST(Backtrace, shows_the_call_at_which_the_fuel_ended) {
    const HostFunction functions[] = {wait(pass)};
    Bench bench(kNested, functions);
    ASSERT_TRUE(std::holds_alternative<OutOfFuel>(bench.run("top", {0, 0, 5}, 2)));
    EXPECT_EQ(places(*bench.instance), (Places{{2, 0x5c}, {1, 0x4e}}));
}

TEST(Backtrace, counts_frames_beyond_its_room) {
    const HostFunction functions[] = {wait(pass)};
    Bench bench(kNested, functions);
    ASSERT_TRUE(std::holds_alternative<Trap>(bench.run("deep", {30})));
    Frame frames[3];
    EXPECT_EQ(backtrace(*bench.instance, frames), 31u);
    EXPECT_EQ(frames[0].function, 4u);
    EXPECT_NE(frames[0].code_offset, frames[1].code_offset);
    EXPECT_EQ(frames[1].code_offset, frames[2].code_offset);
    EXPECT_EQ(places(*bench.instance).back(), (Places::value_type{4, 0x7a}));
}

TEST(Backtrace, crosses_instances) {
    const HostFunction functions[] = {wait(pass)};
    Bench bench(kNested, functions);
    Room image(1 << 14), scratch(1 << 14), arena(1 << 14);
    const auto module = translate(kCallsDeep, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value());
    const NamedInstance named[] = {{"nested", bench.instance}};
    Instance* registry[2] = {};
    const auto caller = Instance::create(*module, {{}, named, registry}, arena.span(), {});
    ASSERT_TRUE(caller.has_value());
    ASSERT_TRUE((*caller)->start("run", {}).has_value());
    const Outcome outcome = (*caller)->run(100);
    ASSERT_TRUE(std::holds_alternative<Trap>(outcome));
    EXPECT_EQ(std::get<Trap>(outcome).instance, bench.instance);
    Frame frames[8];
    ASSERT_EQ(backtrace(**caller, frames), 3u);  // deep, deep, run
    EXPECT_EQ(frames[1].instance, bench.instance);
    EXPECT_EQ(frames[2].instance, *caller);
    EXPECT_EQ(frames[2].function, 1u);
    EXPECT_EQ(places(**caller).back().second, 0x39u);
}

TEST(Backtrace, is_empty_after_the_end_and_before_the_start) {
    Bench bench(kFactorial);
    EXPECT_TRUE(places(*bench.instance).empty());
    ASSERT_TRUE(std::holds_alternative<OutOfFuel>(bench.run("fac", {5, 0}, 2)));
    EXPECT_EQ(places(*bench.instance).size(), 2u);
    ASSERT_TRUE(std::holds_alternative<Done>(bench.instance->run(100)));
    EXPECT_TRUE(places(*bench.instance).empty());
}

}  // namespace
}  // namespace wasmbed::wasm::test
