// Functions beyond what an operation's bytes can address: the translator's wide mode (emitter.hpp).
#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_binary_writer.hpp"

namespace wasmbed::wasm::test {
namespace {

/// (module (func (export "f") (param i32) (result i32) LOCALS BODY))
std::vector<std::uint8_t> module_with(const std::vector<std::uint8_t>& locals, const std::vector<std::uint8_t>& body) {
    return module_of({.type = {0x60, 1, 0x7f, 1, 0x7f}, .locals = locals, .body = body});
}

std::uint32_t run(const std::vector<std::uint8_t>& wasm, std::uint32_t argument) {
    Room image(1 << 22), scratch(1 << 16), arena(1 << 16);
    const auto module = translate(wasm, image.span(), scratch.span());
    if (!module) {
        ADD_FAILURE() << text_of(module.error().rule) << " at " << module.error().offset;
        return 0;
    }
    InstanceLimits limits;
    limits.stack_bytes = 1 << 15;
    const auto instance = Instance::create(*module, {}, arena.span(), limits);
    const std::uint32_t arguments[] = {argument};
    EXPECT_TRUE((*instance)->start("f", arguments).has_value());
    return result32((*instance)->run(10'000));
}

TEST(Wide, branches_forward_over_more_than_64_kilobytes) {
    // block; local.get 0; br_if 0; 50,000 times local 0 += 3; end; local.get 0
    std::vector<std::uint8_t> body{0x02, 0x40, 0x20, 0x00, 0x0d, 0x00};
    for (int i = 0; i < 50'000; ++i) body.insert(body.end(), {0x20, 0x00, 0x41, 0x03, 0x6a, 0x21, 0x00});
    body.insert(body.end(), {0x0b, 0x20, 0x00});
    const auto wasm = module_with({0}, body);
    EXPECT_EQ(run(wasm, 5), 5u);
    EXPECT_EQ(run(wasm, 0), 150'000u);
}

TEST(Wide, branches_back_over_more_than_64_kilobytes) {
    // loop; local 0 -= 1; 50,000 times local 1 += 1; br_if 0 (local 0); end; local.get 1
    std::vector<std::uint8_t> body{0x03, 0x40, 0x20, 0x00, 0x41, 0x7f, 0x6a, 0x21, 0x00};
    for (int i = 0; i < 50'000; ++i) body.insert(body.end(), {0x20, 0x01, 0x41, 0x01, 0x6a, 0x21, 0x01});
    body.insert(body.end(), {0x20, 0x00, 0x0d, 0x00, 0x0b, 0x20, 0x01});
    EXPECT_EQ(run(module_with({1, 1, 0x7f}, body), 3), 150'000u);
}

TEST(Wide, counts_its_slots_if_the_first_try_ended_behind_a_jump) {
    // (elem func); 3,000 i32 locals; loop; 20,000 times elem.drop 0, which takes no slot; br 0; end
    std::vector<std::uint8_t> body{0x03, 0x40};
    for (int i = 0; i < 20'000; ++i) body.insert(body.end(), {0xfc, 0x0d, 0x00});
    body.insert(body.end(), {0x0c, 0x00, 0x0b});
    const auto wasm = module_of({.elements = {1, 0, 0}, .locals = {1, 0xb8, 0x17, 0x7f}, .body = body});
    Room image(1 << 22), scratch(1 << 16), arena(1 << 16);
    const auto module = translate(wasm, image.span(), scratch.span());
    ASSERT_TRUE(module.has_value()) << text_of(module.error().rule);
    InstanceLimits limits;
    limits.stack_bytes = 4 * 3000;
    const auto instance = Instance::create(*module, {}, arena.span(), limits);
    ASSERT_TRUE((*instance)->start("f", {}).has_value());
    const Outcome outcome = (*instance)->run(10);
    const auto* trap = std::get_if<Trap>(&outcome);
    ASSERT_NE(trap, nullptr);
    EXPECT_EQ(trap->kind, TrapKind::kStackExhausted);
}

TEST(Wide, reaches_locals_above_slot_255) {
    // 200 i64 locals, then an i32: local 201. Sets it from the parameter, adds the parameter, squares it.
    const std::vector<std::uint8_t> locals{2, 0xc8, 0x01, 0x7e, 1, 0x7f};
    const std::vector<std::uint8_t> body{0x20, 0x00, 0x21, 0xc9, 0x01,        // local.get 0; local.set 201
                                         0x20, 0xc9, 0x01, 0x20, 0x00, 0x6a,  // local.get 201; local.get 0; i32.add
                                         0x22, 0xc9, 0x01, 0x20, 0xc9, 0x01,
                                         0x6c,                           // local.tee 201; local.get 201; i32.mul
                                         0x20, 0xc8, 0x01, 0xa7, 0x6a};  // plus i32.wrap_i64 (local.get 200)
    EXPECT_EQ(run(module_with(locals, body), 7), 196u);
}

TEST(Wide, adds_to_a_shift_when_both_operands_are_above_slot_255) {
    // 400 i32 locals. Sets 300 and 301 from the parameter; local.get 300 + (local.get 301 << 4).
    const std::vector<std::uint8_t> locals{1, 0x90, 0x03, 0x7f};
    const std::vector<std::uint8_t> body{0x20, 0x00, 0x21, 0xac, 0x02, 0x20, 0x00, 0x41, 0x05, 0x6a, 0x21, 0xad,
                                         0x02, 0x20, 0xac, 0x02, 0x20, 0xad, 0x02, 0x41, 0x04, 0x74, 0x6a};
    EXPECT_EQ(run(module_with(locals, body), 7), 7u + (12u << 4));
}

TEST(Wide, keeps_operands_above_slot_255) {
    std::vector<std::uint8_t> body;
    for (int i = 0; i < 400; ++i)
        body.insert(body.end(), {0x20, 0x00, 0x41, 0x07, 0x6c});  // local.get 0; i32.const 7; i32.mul
    for (int i = 1; i < 400; ++i) body.push_back(0x6a);
    EXPECT_EQ(run(module_with({0}, body), 2), 5600u);
}

}  // namespace
}  // namespace wasmbed::wasm::test
