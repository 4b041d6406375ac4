// Operations that stand for several instructions: elements of arrays, halves of 64-bit values, shifts and selects of
// them, ends of loops.
#include "core/wasm/code_walk.hpp"
#include "core/wasm/test_bench.hpp"

namespace wasmbed::wasm::test {
namespace {

//   (module
//     (memory 1)
//     (data (i32.const 1000) "\01\82\03\84\05\86")
//     (data (i32.const 65534) "\aa\bb")
//     (func (export "load_16_u") (param i32) (result i32)
//       (i32.load16_u (i32.add (i32.shl (local.get 0) (i32.const 1)) (i32.const 1000))))
//     (func (export "load_16_s") (param i32) (result i32)
//       (i32.load16_s (i32.add (local.get 0) (i32.const 1000))))
//     (func (export "store_16") (param i32 i32) (result i32)
//       (i32.store16 (i32.add (local.get 0) (i32.const 2000)) (local.get 1))
//       (i32.store16 (i32.add (local.get 0) (i32.const 2002)) (i32.add (local.get 1) (local.get 1)))
//       (i32.load (i32.add (local.get 0) (i32.const 2000))))
//     (func (export "computed_index") (param i32) (result i32)
//       (i32.load8_u
//         (i32.add (i32.shl (i32.and (local.get 0) (i32.const 3)) (i32.const 1)) (i32.const 1000))))
//     (func (export "negative") (param i32) (result i32)
//       (i32.load16_u (i32.add (local.get 0) (i32.const -16))))
//     (func (export "shifts") (param i32 i32) (result i32)
//       (i32.add
//         (i32.mul (i32.shl (local.get 0) (local.get 1)) (i32.const 100))
//         (i32.add
//           (i32.mul (i32.shr_u (i32.const 100) (i32.add (local.get 1) (i32.const 1))) (i32.const 10))
//           (i32.shr_s (i32.mul (local.get 0) (i32.const -2)) (i32.mul (local.get 1) (local.get 1))))))
//     (func (export "high_u") (param i64) (result i64) (i64.shr_u (local.get 0) (i64.const 32)))
//     (func (export "high_s") (param i64) (result i64) (i64.shr_s (local.get 0) (i64.const 96)))
//     (func (export "shl") (param i64) (result i64)
//       (i64.xor (i64.shl (local.get 0) (i64.const 32))
//         (i64.xor (i64.shl (local.get 0) (i64.const 40)) (i64.shl (local.get 0) (i64.const -60)))))
//     (func (export "shr") (param i64) (result i64)
//       (i64.xor (i64.shr_s (local.get 0) (i64.const 0))
//         (i64.xor (i64.shr_s (local.get 0) (i64.const 31)) (i64.shr_u (local.get 0) (i64.const 33)))))
//     (func (export "rotl") (param i64) (result i64)
//       (i64.xor (i64.rotl (local.get 0) (i64.const 36)) (i64.rotr (local.get 0) (i64.const 4))))
//     (func (export "sub") (param i64) (result i64)
//       (i64.sub (i64.sub (local.get 0) (i64.const -32768)) (i64.const 7)))
//     (func (export "select") (param i32 i64 i64) (result i64)
//       (select (local.get 1) (local.get 2) (local.get 0))))
constexpr std::uint8_t kElements[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x18, 0x04, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x60, 0x02, 0x7f,
    0x7f, 0x01, 0x7f, 0x60, 0x01, 0x7e, 0x01, 0x7e, 0x60, 0x03, 0x7f, 0x7e, 0x7e, 0x01, 0x7e, 0x03, 0x0e, 0x0d, 0x00,
    0x00, 0x01, 0x00, 0x00, 0x01, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x03, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x7d,
    0x0d, 0x09, 0x6c, 0x6f, 0x61, 0x64, 0x5f, 0x31, 0x36, 0x5f, 0x75, 0x00, 0x00, 0x09, 0x6c, 0x6f, 0x61, 0x64, 0x5f,
    0x31, 0x36, 0x5f, 0x73, 0x00, 0x01, 0x08, 0x73, 0x74, 0x6f, 0x72, 0x65, 0x5f, 0x31, 0x36, 0x00, 0x02, 0x0e, 0x63,
    0x6f, 0x6d, 0x70, 0x75, 0x74, 0x65, 0x64, 0x5f, 0x69, 0x6e, 0x64, 0x65, 0x78, 0x00, 0x03, 0x08, 0x6e, 0x65, 0x67,
    0x61, 0x74, 0x69, 0x76, 0x65, 0x00, 0x04, 0x06, 0x73, 0x68, 0x69, 0x66, 0x74, 0x73, 0x00, 0x05, 0x06, 0x68, 0x69,
    0x67, 0x68, 0x5f, 0x75, 0x00, 0x06, 0x06, 0x68, 0x69, 0x67, 0x68, 0x5f, 0x73, 0x00, 0x07, 0x03, 0x73, 0x68, 0x6c,
    0x00, 0x08, 0x03, 0x73, 0x68, 0x72, 0x00, 0x09, 0x04, 0x72, 0x6f, 0x74, 0x6c, 0x00, 0x0a, 0x03, 0x73, 0x75, 0x62,
    0x00, 0x0b, 0x06, 0x73, 0x65, 0x6c, 0x65, 0x63, 0x74, 0x00, 0x0c, 0x0a, 0xe1, 0x01, 0x0d, 0x0e, 0x00, 0x20, 0x00,
    0x41, 0x01, 0x74, 0x41, 0xe8, 0x07, 0x6a, 0x2f, 0x01, 0x00, 0x0b, 0x0b, 0x00, 0x20, 0x00, 0x41, 0xe8, 0x07, 0x6a,
    0x2e, 0x01, 0x00, 0x0b, 0x24, 0x00, 0x20, 0x00, 0x41, 0xd0, 0x0f, 0x6a, 0x20, 0x01, 0x3b, 0x01, 0x00, 0x20, 0x00,
    0x41, 0xd2, 0x0f, 0x6a, 0x20, 0x01, 0x20, 0x01, 0x6a, 0x3b, 0x01, 0x00, 0x20, 0x00, 0x41, 0xd0, 0x0f, 0x6a, 0x28,
    0x02, 0x00, 0x0b, 0x11, 0x00, 0x20, 0x00, 0x41, 0x03, 0x71, 0x41, 0x01, 0x74, 0x41, 0xe8, 0x07, 0x6a, 0x2d, 0x00,
    0x00, 0x0b, 0x0a, 0x00, 0x20, 0x00, 0x41, 0x70, 0x6a, 0x2f, 0x01, 0x00, 0x0b, 0x24, 0x00, 0x20, 0x00, 0x20, 0x01,
    0x74, 0x41, 0xe4, 0x00, 0x6c, 0x41, 0xe4, 0x00, 0x20, 0x01, 0x41, 0x01, 0x6a, 0x76, 0x41, 0x0a, 0x6c, 0x20, 0x00,
    0x41, 0x7e, 0x6c, 0x20, 0x01, 0x20, 0x01, 0x6c, 0x75, 0x6a, 0x6a, 0x0b, 0x07, 0x00, 0x20, 0x00, 0x42, 0x20, 0x88,
    0x0b, 0x08, 0x00, 0x20, 0x00, 0x42, 0xe0, 0x00, 0x87, 0x0b, 0x13, 0x00, 0x20, 0x00, 0x42, 0x20, 0x86, 0x20, 0x00,
    0x42, 0x28, 0x86, 0x20, 0x00, 0x42, 0x44, 0x86, 0x85, 0x85, 0x0b, 0x13, 0x00, 0x20, 0x00, 0x42, 0x00, 0x87, 0x20,
    0x00, 0x42, 0x1f, 0x87, 0x20, 0x00, 0x42, 0x21, 0x88, 0x85, 0x85, 0x0b, 0x0d, 0x00, 0x20, 0x00, 0x42, 0x24, 0x89,
    0x20, 0x00, 0x42, 0x04, 0x8a, 0x85, 0x0b, 0x0c, 0x00, 0x20, 0x00, 0x42, 0x80, 0x80, 0x7e, 0x7d, 0x42, 0x07, 0x7d,
    0x0b, 0x09, 0x00, 0x20, 0x01, 0x20, 0x02, 0x20, 0x00, 0x1b, 0x0b, 0x0b, 0x16, 0x02, 0x00, 0x41, 0xe8, 0x07, 0x0b,
    0x06, 0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x00, 0x41, 0xfe, 0xff, 0x03, 0x0b, 0x02, 0xaa, 0xbb,
};

TEST(Fused, element_of_an_array_of_halfwords) {
    Bench bench(kElements);
    EXPECT_EQ(result32(bench.run("load_16_u", {0})), 0x8201u);
    EXPECT_EQ(result32(bench.run("load_16_u", {2})), 0x8605u);
    EXPECT_EQ(result32(bench.run("load_16_u", {0x80000001})), 0x8403u);  // the shift drops the highest bit
    EXPECT_EQ(result32(bench.run("load_16_u", {32267})), 0xbbaau);
    EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("load_16_u", {32268})));
    EXPECT_EQ(result32(bench.run("load_16_s", {2})), 0xffff8403u);
    EXPECT_EQ(result32(bench.run("computed_index", {6})), 5u);
    EXPECT_EQ(result32(bench.run("store_16", {4, 0x8001})), 0x00028001u);
}

TEST(Fused, address_of_an_element_wraps_around) {
    Bench bench(kElements);
    EXPECT_EQ(result32(bench.run("load_16_s", {0xfffffc18 + 65534})), 0xffffbbaau);
    EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("load_16_s", {0xfffffc18 - 1})));
    EXPECT_EQ(result32(bench.run("negative", {1016})), 0x8201u);
    EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("negative", {15})));
    EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("store_16", {0xfffff830 - 1, 1})));
}

TEST(Fused, a_store_of_a_halfword_that_traps_changes_nothing) {
    Bench bench(kElements);
    EXPECT_TRUE(std::holds_alternative<Trap>(bench.run("store_16", {63535, 7})));
    EXPECT_EQ(bench.instance->memory().load<std::uint16_t>(65534), 0xbbaa);
}

TEST(Fused, shifts_by_variables) {
    Bench bench(kElements);
    EXPECT_EQ(result32(bench.run("shifts", {9, 2})), 3600u + 120u - 2u);
    EXPECT_EQ(result32(bench.run("shifts", {9, 34})), 3600u + 120u - 2u);
}

TEST(Fused, shifts_of_64_bits_by_constants) {
    Bench bench(kElements);
    const auto run = [&](std::string_view name, std::uint64_t x) {
        return result64(bench.run(name, {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(x >> 32)}));
    };
    constexpr std::uint64_t x = 0x8123456789abcdef;
    EXPECT_EQ(run("high_u", x), x >> 32);
    EXPECT_EQ(run("high_s", x), 0xffffffff81234567u);
    EXPECT_EQ(run("shl", x), x << 32 ^ x << 40 ^ x << 4);
    EXPECT_EQ(run("shr", x), x ^ 0xffffffff02468acfu ^ x >> 33);
    EXPECT_EQ(run("rotl", x), (x << 36 | x >> 28) ^ (x >> 4 | x << 60));
    EXPECT_EQ(run("sub", x), x + 32768 - 7);
}

TEST(Fused, select_of_64_bits) {
    Bench bench(kElements);
    EXPECT_EQ(result64(bench.run("select", {1, 2, 3, 4, 5})), 0x300000002u);
    EXPECT_EQ(result64(bench.run("select", {0, 2, 3, 4, 5})), 0x500000004u);
}

// Loops whose end is one operation: the increment, the comparison with another local, the branch.
//
//   (module
//     (func (export "up") (param $from i32) (param $to i32) (result i32 i32) (local $passes i32)
//       (loop $again
//         (local.set $passes (i32.add (local.get $passes) (i32.const 1)))
//         (local.set $from (i32.add (local.get $from) (i32.const 3)))
//         (br_if $again (i32.ne (local.get $from) (local.get $to))))
//       (local.get $passes) (local.get $from))
//     (func (export "down") (param $from i32) (param $to i32) (result i32 i32) (local $passes i32)
//       (loop $again
//         (local.set $passes (i32.add (local.get $passes) (i32.const 1)))
//         (br_if $again (i32.ne (local.tee $from (i32.add (local.get $from) (i32.const -32768))) (local.get $to))))
//       (local.get $passes) (local.get $from))
//     (func (export "itself") (param $from i32) (result i32)
//       (loop $again
//         (local.set $from (i32.sub (local.get $from) (i32.const 1)))
//         (br_if $again (i32.ne (local.get $from) (local.get $from))))
//       (local.get $from)))
constexpr std::uint8_t kCountingLoops[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0d, 0x02, 0x60, 0x02, 0x7f, 0x7f, 0x02, 0x7f, 0x7f,
    0x60, 0x01, 0x7f, 0x01, 0x7f, 0x03, 0x04, 0x03, 0x00, 0x00, 0x01, 0x07, 0x16, 0x03, 0x02, 0x75, 0x70, 0x00,
    0x00, 0x04, 0x64, 0x6f, 0x77, 0x6e, 0x00, 0x01, 0x06, 0x69, 0x74, 0x73, 0x65, 0x6c, 0x66, 0x00, 0x02, 0x0a,
    0x59, 0x03, 0x20, 0x01, 0x01, 0x7f, 0x03, 0x40, 0x20, 0x02, 0x41, 0x01, 0x6a, 0x21, 0x02, 0x20, 0x00, 0x41,
    0x03, 0x6a, 0x21, 0x00, 0x20, 0x00, 0x20, 0x01, 0x47, 0x0d, 0x00, 0x0b, 0x20, 0x02, 0x20, 0x00, 0x0b, 0x20,
    0x01, 0x01, 0x7f, 0x03, 0x40, 0x20, 0x02, 0x41, 0x01, 0x6a, 0x21, 0x02, 0x20, 0x00, 0x41, 0x80, 0x80, 0x7e,
    0x6a, 0x22, 0x00, 0x20, 0x01, 0x47, 0x0d, 0x00, 0x0b, 0x20, 0x02, 0x20, 0x00, 0x0b, 0x15, 0x00, 0x03, 0x40,
    0x20, 0x00, 0x41, 0x01, 0x6b, 0x21, 0x00, 0x20, 0x00, 0x20, 0x00, 0x47, 0x0d, 0x00, 0x0b, 0x20, 0x00, 0x0b,
};

constexpr std::uint32_t negative(std::uint32_t x) {
    return 0 - x;
}

struct Counted {
    std::uint32_t passes, from;
    bool operator==(const Counted&) const = default;
};

/// What a function of kCountingLoops gives, run in slices of so much fuel. Fails unless it costs a unit for the call
/// and one for each pass but the last.
Counted count(std::string_view function, std::uint32_t from, std::uint32_t to, std::int32_t slice) {
    Bench bench(kCountingLoops);
    Outcome outcome = bench.run(function, {from, to}, slice);
    std::int64_t granted = slice;
    for (; std::holds_alternative<OutOfFuel>(outcome) && granted < 1'000'000; granted += slice) {
        outcome = bench.instance->run(slice);
    }
    const std::uint64_t results = result64(outcome);
    const Counted counted{static_cast<std::uint32_t>(results), static_cast<std::uint32_t>(results >> 32)};
    EXPECT_EQ(granted - bench.instance->fuel_left(), counted.passes);
    return counted;
}

TEST(Fused, end_of_a_counting_loop_is_one_operation) {
    Bench bench(kCountingLoops);
    const Module& module = bench.instance->module();
    for (std::uint32_t function = 0; function < module.function_count(); ++function) {
        unsigned found = 0;
        walk_operations(module, function, [&](std::uint32_t at) {
            found += token_at(module.image().data() + at) == static_cast<unsigned>(Op::kIncLoopNe_SS);
        });
        EXPECT_EQ(found, kAllForms ? 1u : 0u) << function;
    }
}

TEST(Fused, counting_loop_ends_when_the_locals_are_equal) {
    for (const std::int32_t slice : {1, 2, 1'000'000}) {
        EXPECT_EQ(count("up", 0, 30, slice), (Counted{10, 30})) << slice;
        EXPECT_EQ(count("up", 27, 30, slice), (Counted{1, 30})) << slice;
        EXPECT_EQ(count("down", 0x28005, 5, slice), (Counted{5, 5})) << slice;
    }
}

TEST(Fused, counting_loop_wraps_around) {
    for (const std::int32_t slice : {1, 2, 1'000'000}) {
        EXPECT_EQ(count("up", negative(6), 3, slice), (Counted{3, 3})) << slice;
        EXPECT_EQ(count("up", 0x7ffffffe, 0x80000004, slice), (Counted{2, 0x80000004})) << slice;
        EXPECT_EQ(count("down", 0x10000, negative(0x8000), slice), (Counted{3, negative(0x8000)})) << slice;
    }
    EXPECT_EQ(count("down", 5, 5, 1'000'000), (Counted{0x20000, 5})) << "once around";
}

TEST(Fused, counting_loop_that_compares_its_local_with_itself_has_one_pass) {
    Bench bench(kCountingLoops);
    EXPECT_EQ(result32(bench.run("itself", {0}, 1)), negative(1));
}

}  // namespace
}  // namespace wasmbed::wasm::test
