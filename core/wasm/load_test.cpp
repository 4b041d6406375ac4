#include <algorithm>

#include "core/wasm/test_bench.hpp"
#include "core/wasm/test_binary_writer.hpp"
#include "core/wasm/test_modules.hpp"

namespace wasmbed::wasm::test {
namespace {

Result<Module, LoadError> load(Bytes wasm, Room& image, Room& scratch) {
    return translate(wasm, image.span(), scratch.span());
}

TEST(Load, names_rule_and_offset_of_an_invalid_instruction) {
    Room image(1 << 16), scratch(1 << 15);
    const auto module = load(kWrongType, image, scratch);
    ASSERT_FALSE(module.has_value());
    EXPECT_EQ(module.error().kind(), LoadErrorKind::kInvalid);
    EXPECT_STREQ(text_of(module.error().rule), "type mismatch");
    EXPECT_EQ(module.error().offset, sizeof kWrongType - 1);  // the `end` that finds an i64
}

TEST(Load, refuses_every_truncation) {
    Room image(1 << 16), scratch(1 << 15);
    for (std::size_t length = 0; length < sizeof kMixed; ++length) {
        const auto module = load(Bytes(kMixed).first(length), image, scratch);
        // A cut between two sections can leave a valid module, but not once functions are declared.
        if (module) EXPECT_EQ(module->function_count(), 0u) << length;
    }
}

TEST(Load, says_no_space_for_every_image_that_is_too_small) {
    Room image(1 << 16), scratch(1 << 15);
    const auto module = load(kMixed, image, scratch);
    ASSERT_TRUE(module.has_value());
    const std::size_t needed = module->image().size();
    for (std::size_t bytes = 0; bytes < needed; bytes += 4) {
        const auto tight = translate(kMixed, image.span().first(bytes), scratch.span());
        ASSERT_FALSE(tight.has_value()) << bytes;
        EXPECT_EQ(tight.error().kind(), LoadErrorKind::kNoSpace) << bytes;
    }
    EXPECT_TRUE(translate(kMixed, image.span().first(needed), scratch.span()).has_value());
}

TEST(Load, says_no_space_for_scratch_that_is_too_small) {
    Room image(1 << 16), scratch(1 << 15);
    bool fits = false;
    for (std::size_t bytes = 0; bytes < 4096; bytes += 8) {
        const auto tight = translate(kMixed, image.span(), scratch.span().first(bytes));
        if (tight) {
            fits = true;
        } else {
            EXPECT_FALSE(fits) << bytes;
            EXPECT_EQ(tight.error().kind(), LoadErrorKind::kNoSpace) << bytes;
        }
    }
    EXPECT_TRUE(fits);
}

/// The result of a module with one function of that many i32 parameters or results.
Result<Module, LoadError> with_list(bool results, std::uint32_t length, Room& image, Room& scratch) {
    BinaryWriter type;
    type.byte(0x60);
    if (results) type.u32(0);
    type.u32(length);
    for (std::uint32_t i = 0; i < length; ++i) type.byte(0x7f);
    if (!results) type.u32(0);
    return load(module_of({.type = type.bytes(), .body = {0x00}}), image, scratch);
}

TEST(Load, bounds_the_lists_that_each_branch_is_checked_against) {
    Room image(1 << 16), scratch(1 << 15);
    for (const bool results : {false, true}) {
        EXPECT_TRUE(with_list(results, 240, image, scratch).has_value()) << results;
        const auto module = with_list(results, 241, image, scratch);
        ASSERT_FALSE(module.has_value());
        EXPECT_EQ(module.error().rule, results ? Rule::kResults : Rule::kParameters);
        EXPECT_EQ(module.error().kind(), LoadErrorKind::kLimit);
        EXPECT_EQ(module.error().offset, results ? 14u : 13u);
    }
}

TEST(Load, writes_nothing_for_code_that_is_not_reached) {
    // (module (func (local i64) unreachable (local.set 0 (i64.add (i64.const 1) (i64.const 2)))))
    static constexpr std::uint8_t kDead[] = {0,    'a',  's',  'm', 1,    0, 0,    0,    1, 4,    1, 0x60,
                                             0,    0,    3,    2,   1,    0, 0x0a, 0x0e, 1, 0x0c, 1, 1,
                                             0x7e, 0x00, 0x42, 1,   0x42, 2, 0x7c, 0x21, 0, 0x0b};
    // Whatever lies behind: here, what the place of a result would be.
    for (unsigned garbage = 0; garbage < 16; ++garbage) {
        Room image(1 << 10), scratch(1 << 13);
        std::ranges::fill(image.span(), static_cast<std::uint8_t>(garbage));
        const auto module = load(kDead, image, scratch);
        ASSERT_TRUE(module.has_value()) << text_of(module.error().rule);
        for (const std::uint8_t beyond : image.span().subspan(module->image().size())) EXPECT_EQ(beyond, garbage);
    }
}

TEST(Load, needs_no_more_than_measured) {
    Room image(1 << 16), scratch(1 << 15);
    for (Bytes wasm : {Bytes(kFactorial), Bytes(kHostCall), Bytes(kMemory), Bytes(kTraps), Bytes(kMixed)}) {
        const auto needs = measure(wasm);
        ASSERT_TRUE(needs.has_value());
        const auto module =
            translate(wasm, image.span().first(needs->image_bytes), scratch.span().first(needs->scratch_bytes & ~3u));
        ASSERT_TRUE(module.has_value()) << text_of(module.error().rule);
    }
}

TEST(Load, lists_imports_and_exports) {
    Room image(1 << 16), scratch(1 << 15);
    const auto module = load(kHostCall, image, scratch);
    ASSERT_TRUE(module.has_value());
    ASSERT_EQ(module->import_count(), 1u);
    const Import import = module->import(0);
    EXPECT_EQ(import.module, "env");
    EXPECT_EQ(import.name, "add");
    EXPECT_EQ(import.function.params.size(), 2u);
    EXPECT_EQ(import.function.results.size(), 1u);
    ASSERT_TRUE(module->find_export("run").has_value());
    EXPECT_EQ(module->find_export("run")->index, 1u);
    EXPECT_FALSE(module->find_export("ru").has_value());
}

TEST(Load, attaches_an_image_that_was_moved) {
    Room image(1 << 16), scratch(1 << 15), elsewhere(1 << 16);
    const auto module = load(kFactorial, image, scratch);
    ASSERT_TRUE(module.has_value());
    const std::size_t bytes = module->image().size();
    std::copy_n(image.span().begin(), bytes, elsewhere.span().begin());
    std::ranges::fill(image.span(), 0xee);
    const auto moved = Module::attach(kFactorial, elsewhere.span().first(bytes));
    ASSERT_TRUE(moved.has_value());
    Room arena(1 << 16);
    const auto instance = Instance::create(*moved, {}, arena.span(), {});
    ASSERT_TRUE(instance.has_value());
    const std::uint32_t five[] = {5, 0};
    ASSERT_TRUE((*instance)->start("fac", five).has_value());
    EXPECT_EQ(result64((*instance)->run(1000)), 120u);
    EXPECT_FALSE(Module::attach(kMemory, elsewhere.span().first(bytes)).has_value());
}

}  // namespace
}  // namespace wasmbed::wasm::test
