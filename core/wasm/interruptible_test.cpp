#include "core/wasm/interruptible.hpp"

#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_modules.hpp"

namespace wasmbed::wasm::test {
namespace {

TEST(Interruptible, ends_the_slice_early_and_keeps_the_rest) {
    Bench bench(kTraps);
    Interruptible run(*bench.instance);
    ASSERT_TRUE(bench.instance->start("endless", {}).has_value());
    run.interrupt();
    EXPECT_TRUE(std::holds_alternative<OutOfFuel>(run.run(1'000'000)));
    EXPECT_GE(run.fuel_left(), 1'000'000 - Interruptible::kPortion - 1);
    EXPECT_LT(run.fuel_left(), 1'000'000);
    EXPECT_TRUE(std::holds_alternative<OutOfFuel>(run.run(run.fuel_left())));  // it counted once
    EXPECT_LE(run.fuel_left(), 0);
}

TEST(Interruptible, spends_as_an_uninterrupted_run_does) {
    Bench whole(kMixed);
    const std::uint64_t expected = result64(whole.run("run", {40}));
    Bench bench(kMixed);
    Interruptible run(*bench.instance);
    const std::uint32_t forty[] = {40};
    ASSERT_TRUE(bench.instance->start("run", forty).has_value());
    EXPECT_EQ(result64(run.run(1'000'000)), expected);
    EXPECT_EQ(run.fuel_left(), whole.instance->fuel_left());
}

}  // namespace
}  // namespace wasmbed::wasm::test
