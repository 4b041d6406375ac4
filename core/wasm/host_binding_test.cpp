#include "core/wasm/host_binding.hpp"

#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_modules.hpp"

namespace wasmbed::wasm::test {

struct Ledger {
    std::int32_t calls = 0;
    std::uint32_t code = 0;
};

// What cannot be offered: arguments and results that cannot cross, no context, another context.
std::int32_t takes_pointer(Ledger&, const char*);
std::int32_t takes_bool(Ledger&, bool);
std::int32_t takes_memory_last(Ledger&, std::int32_t, GuestMemory);
std::int16_t gives_short(Ledger&);
HostReturn<bool> gives_bool(Ledger&);
std::int32_t takes_no_context(std::int32_t);

namespace {

std::int32_t add(Ledger& ledger, std::int32_t x, std::int32_t y) {
    ++ledger.calls;
    return x + y;
}
HostReturn<std::int32_t> add_or_fail(Ledger& ledger, std::int32_t x, std::int32_t y) {
    if (y == 2) return HostReturn<std::int32_t>::trap(ledger.code);
    return x + y;
}
HostReturn<std::int32_t> add_later(Ledger&, std::int32_t, std::int32_t) {
    return HostReturn<std::int32_t>::suspend();
}
double mixed(Ledger&, std::uint64_t a, float b, std::int32_t c, double d) {
    return static_cast<double>(a) + static_cast<double>(b) * 10 + c * 100 + d * 1000;
}
void store(Ledger&, GuestMemory memory, std::uint32_t at, std::int64_t value) {
    (void)memory.store(at, value);
}
std::int32_t no_arguments(Ledger& ledger) {
    return ledger.calls;
}

static_assert(kSignatureOf<add> == "(ii)i");
static_assert(kSignatureOf<add_or_fail> == "(ii)i");
static_assert(kSignatureOf<mixed> == "(IfiF)F");
static_assert(kSignatureOf<store> == "(iI)");
static_assert(kSignatureOf<no_arguments> == "()i");
static_assert(!HostValue<bool> && !HostValue<char*> && !HostValue<std::int16_t>);

// Offering these does not compile.
template <auto kFunction, class Context>
concept Bindable = requires(Context& context) { bind<kFunction>("env", "f", context); };
static_assert(Bindable<add, Ledger> && Bindable<store, Ledger>);
static_assert(!Bindable<add, int> && !Bindable<add, const Ledger>);
static_assert(!HostCallable<takes_pointer> && !HostCallable<takes_bool> && !HostCallable<takes_memory_last>);
static_assert(!HostCallable<gives_short> && !HostCallable<gives_bool> && !HostCallable<takes_no_context>);

TEST(HostBinding, a_typed_function_is_called_and_gives_its_result) {
    Ledger ledger;
    const HostFunction host[] = {bind<add>("env", "add", ledger)};
    Bench bench(kHostCall, host);
    EXPECT_EQ(result32(bench.run("run", {7})), 8u + 90u);
    EXPECT_EQ(ledger.calls, 2);
}

TEST(HostBinding, a_typed_function_may_trap) {
    Ledger ledger{.code = 77};
    const HostFunction host[] = {bind<add_or_fail>("env", "add", ledger)};
    Bench bench(kHostCall, host);
    const Outcome outcome = bench.run("run", {7});
    ASSERT_TRUE(std::holds_alternative<Trap>(outcome));
    EXPECT_EQ(std::get<Trap>(outcome).kind, TrapKind::kHost);
    EXPECT_EQ(std::get<Trap>(outcome).host_code, 77u);
}

TEST(HostBinding, a_typed_function_may_suspend) {
    Ledger ledger;
    const HostFunction host[] = {bind<add_later>("env", "add", ledger)};
    Bench bench(kHostCall, host);
    ASSERT_TRUE(std::holds_alternative<Suspended>(bench.run("run", {7})));
    const std::uint32_t five[] = {5};
    ASSERT_TRUE(bench.instance->complete(five));
    ASSERT_TRUE(std::holds_alternative<Suspended>(bench.instance->run(1000)));
    ASSERT_TRUE(bench.instance->complete(five));
    EXPECT_EQ(result32(bench.instance->run(1000)), 55u);
}

TEST(HostBinding, a_function_of_another_type_is_not_linked) {
    Ledger ledger;
    const HostFunction host[] = {bind<store>("env", "add", ledger)};
    Room image(1 << 16), scratch(1 << 15), arena(1 << 16);
    const auto module = translate(kHostCall, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value());
    const auto created = Instance::create(*module, {host, {}, {}}, arena.span(), {});
    ASSERT_FALSE(created.has_value());
    EXPECT_EQ(created.error().kind(), LinkErrorKind::kIncompatibleType);
}

TEST(HostBinding, arguments_of_every_type_are_taken_from_their_slots) {
    Ledger ledger;
    const HostFunction host = bind<mixed>("env", "mixed", ledger);
    std::uint32_t slots[6] = {};
    HostCall call(slots, {});
    call.set_u64(0, 1);
    call.set_f32(2, 2);
    call.set_i32(3, 3);
    call.set_f64(4, 4);
    ASSERT_EQ(host.call(host.context, call).kind, HostResult::Kind::kDone);
    EXPECT_EQ(call.f64(0), 4321.0);
    EXPECT_EQ(slots_of(host.type.params), 6u);
}

}  // namespace
}  // namespace wasmbed::wasm::test
